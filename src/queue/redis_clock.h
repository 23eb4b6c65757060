#pragma once

#include <postrider/base/clock.h>

#include <cstdint>

namespace postrider::queue {

/// What Redis' clock says, as one connection knows it: the stamps of the records that it sends. Until Redis
/// told its time it is the machine's own clock.
class redis_clock {
 public:
    explicit redis_clock(const time_source& time) : time_(time) {}

    /// Redis gave this time, in microseconds since 1970, in an answer that was read now.
    void note(std::uint64_t redis_us);
    /// Whether it should be asked again: stamps were given since it told its time.
    [[nodiscard]] bool is_stale() const noexcept { return is_stale_; }

    /// Microseconds since 1970: behind Redis' clock by as long as its last answer was under way, and not
    /// ahead of it. Each is later than the one before, unless Redis' clock was set back by more than a
    /// second. `now` is the monotonic clock's.
    [[nodiscard]] std::uint64_t next_stamp(monotonic_time now);

 private:
    const time_source& time_;
    std::int64_t ahead_us_ = 0;  ///< of the monotonic clock
    std::uint64_t last_ = 0;
    bool is_known_ = false;
    bool is_stale_ = true;
};

}  // namespace postrider::queue
