#include <postrider/limit/remembered_ids.h>
#include <postrider/limit/watermark.h>

#include <gtest/gtest.h>

namespace postrider::limit {
namespace {

using namespace std::chrono_literals;

TEST(store_limits, a_watermark_stays_full_until_there_is_some_room) {
    watermark mark(0.9, 0.85);
    EXPECT_FALSE(mark.update(0.89));
    EXPECT_TRUE(mark.update(0.9));
    EXPECT_TRUE(mark.update(0.86));
    EXPECT_TRUE(mark.update(0.85));
    EXPECT_FALSE(mark.update(0.84));
    EXPECT_FALSE(mark.update(0.89)) << "and stays open until it is full again";
}

TEST(store_limits, ids_are_remembered_for_the_whole_window_while_there_is_room) {
    remembered_ids ids(1000, 1h);
    monotonic_time now{24h};
    EXPECT_EQ(ids.update(5000, now), 1h) << "what was there before is not known";
    EXPECT_EQ(ids.update(5750, now + 1s), 1h);
    EXPECT_EQ(ids.remembered(), 750U);
    EXPECT_FALSE(ids.shortened());
}

TEST(store_limits, past_three_quarters_the_window_shortens_down_to_a_second) {
    remembered_ids ids(1000, 1h);
    monotonic_time now{24h};
    ids.update(0, now);
    EXPECT_EQ(ids.update(875, now), 30min);
    EXPECT_TRUE(ids.shortened());
    EXPECT_EQ(ids.update(1000, now), 1s);
    EXPECT_EQ(ids.update(5000, now), 1s);
    EXPECT_EQ(ids.update(5000, now + 1h + 15s), 1h) << "they expired";
    EXPECT_EQ(ids.remembered(), 0U);
}

TEST(store_limits, a_steady_stream_settles_below_the_bound) {
    remembered_ids ids(100000, 24h);
    monotonic_time now{48h};
    std::uint64_t total = 0;
    ids.update(total, now);
    for (int second = 0; second < 200000; second += 10) {
        total += 100;  // 10 a second: 864,000 a day
        ids.update(total, now += 10s);
        ASSERT_LE(ids.remembered(), 101000U) << "soft: what expires is counted in pieces of time";
    }
    EXPECT_GT(ids.remembered(), 75000U);
    EXPECT_TRUE(ids.shortened());
}

TEST(store_limits, a_store_that_went_back_counts_anew) {
    remembered_ids ids(1000, 1h);
    monotonic_time now{24h};
    ids.update(900, now);
    EXPECT_EQ(ids.update(0, now), 1h);
    EXPECT_EQ(ids.update(10, now), 1h);
    EXPECT_EQ(ids.remembered(), 10U);
}

}  // namespace
}  // namespace postrider::limit
