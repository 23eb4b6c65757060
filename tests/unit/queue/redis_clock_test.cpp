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

struct redis_clock_test : ::testing::Test {
    two_clocks time;
    redis_clock clock{time};
    std::uint64_t stamp() { return clock.next_stamp(time.now); }
};

TEST_F(redis_clock_test, is_the_machines_own_until_redis_told) {
    EXPECT_EQ(stamp(), 1000 * second_us);
}

TEST_F(redis_clock_test, goes_on_from_what_redis_told) {
    clock.note(2000 * second_us + 7);
    EXPECT_EQ(stamp(), 2000 * second_us + 7);
    time.now += seconds(3);
    time.wall -= seconds(500);
    EXPECT_EQ(stamp(), 2003 * second_us + 7);
}

TEST_F(redis_clock_test, gives_each_stamp_once_and_later_and_follows_a_clock_that_was_set_back) {
    const std::uint64_t told = 2000 * second_us;
    clock.note(told);
    EXPECT_EQ(stamp(), told);
    EXPECT_EQ(stamp(), told + 1);
    clock.note(told - 500);  // this answer was under way for longer
    EXPECT_EQ(stamp(), told + 2);
    clock.note(told - 10 * second_us);
    EXPECT_EQ(stamp(), told - 10 * second_us);
}

TEST_F(redis_clock_test, is_asked_again_only_where_stamps_were_given) {
    EXPECT_TRUE(clock.is_stale());
    clock.note(2000 * second_us);
    EXPECT_FALSE(clock.is_stale());
    (void)stamp();
    EXPECT_TRUE(clock.is_stale());
}

}  // namespace
}  // namespace postrider::queue
