#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::http {

inline constexpr std::size_t max_request_fields = 64;
inline constexpr std::size_t max_response_fields = 100;

/// Looks at a raw header block before Beast does, because Beast 1.81 lets framing through that a proxy in
/// front may read differently (SECURITY section 2). `block` runs from the start line to the empty line, both
/// included. The answer is what is wrong, for people; nothing when the block is fine. Pure.
///
/// Refused: bare CR, LF or NUL, obs-fold, space before a colon, an empty or odd field name, any
/// Transfer-Encoding that is not exactly one `chunked` (or any with HTTP/1.0), both framing headers, a
/// repeated, empty, non-digit or zero-padded Content-Length, more than 64 fields (100 in responses).
[[nodiscard]] std::optional<std::string> fault_in_request_head(
    std::string_view block);  ///< also: not exactly one Host, or a malformed one
[[nodiscard]] std::optional<std::string> fault_in_response_head(std::string_view block);

}  // namespace postrider::http
