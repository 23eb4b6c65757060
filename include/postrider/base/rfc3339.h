#pragma once

#include <postrider/base/clock.h>

#include <optional>
#include <string_view>

namespace postrider {

/// An RFC 3339 date and time with any offset, as an instant; digits beyond milliseconds are cut off. A leap
/// second counts as the first second of the next day. Nothing for what is not one, and for instants whose
/// year in UTC is not 0000 to 9999.
[[nodiscard]] std::optional<wall_time> parse_rfc3339(std::string_view text) noexcept;

}  // namespace postrider
