#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace postrider::breaker {

/// The text before the next ':' or all that is left; `rest` is then what follows it.
[[nodiscard]] std::string_view take_field(std::string_view& rest) noexcept;

/// Digits only, at most `most`; nothing for anything else.
[[nodiscard]] std::optional<std::int64_t> read_number(std::string_view digits, std::int64_t most) noexcept;

/// The last millisecond of the year 9999: no saved time is later, so that no sum with it can overflow.
constexpr std::int64_t latest_wall_milliseconds = 253'402'300'799'999;

}  // namespace postrider::breaker
