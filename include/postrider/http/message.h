#pragma once

#include <postrider/event/address.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::http {

/// A request as a handler sees it, complete. Names are compared without regard to case.
struct request {
    std::string method;
    std::string path;   ///< the target before '?', as sent: not percent-decoded
    std::string query;  ///< behind '?'
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    ip_address peer;
    bool over_tls = false;

    /// The first header of this name; empty when absent.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
    [[nodiscard]] bool has_header(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t count_headers(std::string_view name) const noexcept;
};

struct response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    bool close = false;  ///< end the connection after it
};

/// RFC 9457: `{"type":"about:blank","title":…,"status":…,"code":…,"detail":…}` as application/problem+json.
/// `code` is stable and for programs; `detail` says what is wrong and what is allowed.
[[nodiscard]] response problem(int status, std::string_view code, std::string_view detail);

/// The same as a bare JSON object, for the answers of a batch.
[[nodiscard]] std::string problem_json(int status, std::string_view code, std::string_view detail);

/// Escapes a text into a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

}  // namespace postrider::http
