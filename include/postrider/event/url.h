#pragma once

#include <cstdint>
#include <string>

namespace postrider {

/// A destination, already parsed and checked by `guard::parse_url`: there is no second parser.
struct http_url {
    bool tls = true;
    std::string host;              ///< lower case; an IPv6 literal without its brackets
    bool host_is_literal = false;  ///< `host` is an address, not a name
    std::uint16_t port = 443;
    std::string target = "/";  ///< path and query, as sent in the request line

    [[nodiscard]] bool operator==(const http_url&) const = default;

    /// What the Host header says: brackets for IPv6, the port only where it is not the scheme's.
    [[nodiscard]] std::string authority() const;
    /// The whole URL without its query: fit for logs.
    [[nodiscard]] std::string without_query() const;
};

}  // namespace postrider
