#pragma once

#include <postrider/event/endpoint.h>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace postrider::limit {

/// A token bucket that several threads take from: one number, changed by compare and exchange, so it is as
/// exact as `token_bucket` and nobody waits for a lock. It begins full: who asks first is not refused for
/// having come early. A request for more than the burst is served once the burst is there, and owes the rest:
/// in any window of t seconds at most max(burst, largest request) + rate × t are taken.
class shared_token_bucket {
 public:
    using nanoseconds = std::chrono::nanoseconds;

    explicit shared_token_bucket(const rate_settings& settings);

    /// Takes `count` (at least 1) and gives zero; or takes nothing and gives how long until it could be.
    /// Thread-safe; threads whose `now` differ a little disturb nothing.
    [[nodiscard]] nanoseconds take(std::uint32_t count, monotonic_time now) noexcept;
    /// How long until one could be taken; zero: now.
    [[nodiscard]] nanoseconds wait_for_one(monotonic_time now) const noexcept;

    [[nodiscard]] const rate_settings& settings() const noexcept { return settings_; }

 private:
    rate_settings settings_;
    nanoseconds per_token_;
    nanoseconds to_full_;  ///< from empty
    /// When it was, or will be, empty, were nothing else taken: nanoseconds of the monotonic clock.
    std::atomic<std::int64_t> empty_at_;
};

}  // namespace postrider::limit
