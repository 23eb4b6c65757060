#pragma once

#include <postrider/base/clock.h>
#include <postrider/event/endpoint.h>

#include <cstdint>

namespace postrider::limit {

/// A token bucket: in any window of t seconds at most burst + rate × t are taken. It begins empty (after a
/// start, a takeover, or a changed setting), so this holds across restarts too. Pure; exact: the
/// time that one token takes is counted in whole nanoseconds, rounded up.
class token_bucket {
 public:
    token_bucket(const rate_settings& settings, monotonic_time now);

    /// Whole tokens that are there now, at most `burst`.
    [[nodiscard]] std::uint32_t available(monotonic_time now) const noexcept;
    /// Takes one that is there. One that is not is owed, and must come before there are others.
    void take(monotonic_time now) noexcept;
    /// When there will be `count` (at most burst) tokens; now or earlier when they are there already.
    [[nodiscard]] monotonic_time time_of(std::uint32_t count, monotonic_time now) const noexcept;

    [[nodiscard]] const rate_settings& settings() const noexcept { return settings_; }

 private:
    rate_settings settings_;
    std::chrono::nanoseconds per_token_;
    std::chrono::nanoseconds to_full_;  ///< from empty; at most 73 years
    monotonic_time empty_at_;           ///< when it was, or will be, empty, were nothing else taken
};

}  // namespace postrider::limit
