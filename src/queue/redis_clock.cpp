#include "redis_clock.h"

#include <chrono>

namespace postrider::queue {

namespace {

template <typename Time>
std::int64_t microseconds_of(Time time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

/// A stamp that is not behind the last one by more is moved behind it: answers are under way for different
/// times.
constexpr std::uint64_t most_moved_us = 1'000'000;

}  // namespace

void redis_clock::note(std::uint64_t redis_us) {
    ahead_us_ = static_cast<std::int64_t>(redis_us) - microseconds_of(time_.monotonic_now());
    is_known_ = true;
    is_stale_ = false;
}

std::uint64_t redis_clock::next_stamp(monotonic_time now) {
    is_stale_ = true;
    const auto stamp = static_cast<std::uint64_t>(is_known_ ? microseconds_of(now) + ahead_us_
                                                            : microseconds_of(time_.wall_now()));
    last_ = stamp <= last_ && last_ - stamp < most_moved_us ? last_ + 1 : stamp;
    return last_;
}

}  // namespace postrider::queue
