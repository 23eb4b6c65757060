#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

/// The time that tokens take, in whole nanoseconds, rounded up: so no rate is ever passed.
namespace postrider::limit {

/// Far beyond any rate that makes sense, and so far below the range of the clock that no sum overflows.
inline constexpr std::chrono::nanoseconds longest_token_time = std::chrono::nanoseconds::max() / 4;

[[nodiscard]] inline std::chrono::nanoseconds time_per_token(double rate) noexcept {
    using std::chrono::nanoseconds;
    if (!(rate > 0)) return longest_token_time;  // no number either
    const double count = std::max(std::ceil(1e9 / rate), 1.0);
    return count < static_cast<double>(longest_token_time.count())
               ? nanoseconds(static_cast<nanoseconds::rep>(count))
               : longest_token_time;
}

[[nodiscard]] inline std::chrono::nanoseconds time_for(std::uint32_t count,
                                                       std::chrono::nanoseconds per_token) noexcept {
    return per_token.count() > longest_token_time.count() / std::max(count, 1U) ? longest_token_time
                                                                                : per_token * count;
}

}  // namespace postrider::limit
