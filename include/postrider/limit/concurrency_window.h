#pragma once

#include <postrider/base/clock.h>

#include <cstdint>

namespace postrider::limit {

/// How many requests an endpoint may have in flight, between 1 and its `concurrency`: additive increase,
/// multiplicative decrease (RFC 5681's shape). It begins at the limit; each 429, 503 or timeout of an attempt
/// that began after the last decrease halves it; each window of successes adds one. Pure.
class concurrency_window {
 public:
    /// A limit of 0 counts as 1.
    explicit concurrency_window(std::uint32_t limit) noexcept;

    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }  ///< at least 1, at most the limit
    void note_success() noexcept;
    void note_overload(monotonic_time begun_at, monotonic_time now) noexcept;
    /// A larger limit is reached by successes only, if there was a decrease before; a smaller one holds at
    /// once.
    void set_limit(std::uint32_t limit) noexcept;

 private:
    std::uint32_t limit_;
    std::uint32_t size_;
    std::uint32_t successes_ = 0;  ///< since the size last changed; fewer than `size_`
    monotonic_time last_decrease_{monotonic_time::min()};
};

}  // namespace postrider::limit
