#pragma once

#include <postrider/base/expected.h>
#include <postrider/event/url.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::guard {

/// What a URL may be, beside the strict syntax that always holds (SECURITY section 1).
struct url_rules {
    bool allow_http = false;                 ///< plain http, with ports 80 and 8080
    bool allow_private_network = false;      ///< reserved names, names of one label, any port
    std::vector<std::uint16_t> allow_ports;  ///< beside 443 and 8443
};

/// Parses a destination strictly; the parser that checks is the one whose result is used.
/// The error says what is wrong and what is allowed, without the URL's query.
[[nodiscard]] expected<http_url, std::string> parse_url(std::string_view text, const url_rules& rules);

}  // namespace postrider::guard
