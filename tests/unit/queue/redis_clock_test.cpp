#include "queue/redis_clock.h"

#include <gtest/gtest.h>

namespace postrider::queue {
namespace {

using std::chrono::seconds;

/// The machine's clock says 1,000 s since 1970, and 5 s since its start.
class two_clocks final : public time_source {
 public:
    wall_time wall{seconds(1000)};
    monotonic_time now{seconds(5)};
    wall_time wall_now() const noexcept override { return wall; }
    monotonic_time monotonic_now() const noexcept override { return now; }
    boot_clock::time_point boot_now() const noexcept override { return {}; }
};

constexpr std::uint64_t second_us = 1'000'000;

TEST(redis_clock, is_the_machines_own_until_redis_told) {
    const two_clocks time;
    redis_clock clock(time);
    EXPECT_EQ(clock.next_stamp(time.now), 1000 * second_us);
}

TEST(redis_clock, goes_on_from_what_redis_told) {
    two_clocks time;
    redis_clock clock(time);
    clock.note(2000 * second_us + 7);
    EXPECT_EQ(clock.next_stamp(time.now), 2000 * second_us + 7);
    time.now += seconds(3);
    time.wall -= seconds(500);
    EXPECT_EQ(clock.next_stamp(time.now), 2003 * second_us + 7);
}

TEST(redis_clock, gives_each_stamp_once_and_later) {
    two_clocks time;
    redis_clock clock(time);
    clock.note(2000 * second_us);
    EXPECT_EQ(clock.next_stamp(time.now), 2000 * second_us);
    EXPECT_EQ(clock.next_stamp(time.now), 2000 * second_us + 1);
    clock.note(2000 * second_us - 500);  // this answer was under way for longer
    EXPECT_EQ(clock.next_stamp(time.now), 2000 * second_us + 2);
}

TEST(redis_clock, follows_a_clock_that_was_set_back) {
    two_clocks time;
    redis_clock clock(time);
    clock.note(2000 * second_us);
    EXPECT_EQ(clock.next_stamp(time.now), 2000 * second_us);
    clock.note(1990 * second_us);
    EXPECT_EQ(clock.next_stamp(time.now), 1990 * second_us);
}

TEST(redis_clock, is_asked_again_only_where_stamps_were_given) {
    const two_clocks time;
    redis_clock clock(time);
    EXPECT_TRUE(clock.is_stale());
    clock.note(2000 * second_us);
    EXPECT_FALSE(clock.is_stale());
    (void)clock.next_stamp(time.now);
    EXPECT_TRUE(clock.is_stale());
}

}  // namespace
}  // namespace postrider::queue
