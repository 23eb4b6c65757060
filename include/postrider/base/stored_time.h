#pragma once

#include <postrider/base/clock.h>

#include <cstdint>
#include <optional>

namespace postrider {

/// The last millisecond of the year 9999: nothing that is stored is dated later.
inline constexpr std::int64_t latest_stored_milliseconds = 253'402'300'799'999;

/// A time as it was read back from a store, in milliseconds since 1970. Nothing for one that lies further
/// away than the year 9999, on either side: whoever wrote that, no difference or sum of times that are let
/// through can overflow.
[[nodiscard]] constexpr std::optional<wall_time> stored_time(std::int64_t count) noexcept {
    if (count > latest_stored_milliseconds || count < -latest_stored_milliseconds) return std::nullopt;
    return wall_time(milliseconds(count));
}

}  // namespace postrider
