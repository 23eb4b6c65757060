#pragma once

#include <postrider/base/clock.h>

#include <optional>
#include <string_view>

namespace postrider::retry {

/// The three forms of RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37
/// GMT" and "Sun Nov  6 08:49:37 1994". A year of two digits that would lie more than 50 years after `now` is
/// of the century before. The name of the day is read but not held against the date. Total over any bytes.
[[nodiscard]] std::optional<wall_time> parse_http_date(std::string_view text, wall_time now) noexcept;

}  // namespace postrider::retry
