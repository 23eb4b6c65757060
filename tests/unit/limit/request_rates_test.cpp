#include <postrider/limit/request_rates.h>

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

namespace postrider::limit {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr monotonic_time start{std::chrono::hours(5)};
constexpr nanoseconds taken{0};

TEST(SharedTokenBucket, BeginsFullAndGoesOnAtItsRate) {
    shared_token_bucket bucket({.requests_per_second = 10, .burst = 3});
    for (int n = 0; n < 3; ++n)
        EXPECT_EQ(bucket.take(1, start), taken);
    EXPECT_EQ(bucket.take(1, start), 100ms);
    EXPECT_EQ(bucket.wait_for_one(start + 40ms), 60ms);
    EXPECT_EQ(bucket.take(1, start + 99ms), 1ms);
    EXPECT_EQ(bucket.take(1, start + 100ms), taken);
    EXPECT_EQ(bucket.take(1, start + 100ms), 100ms) << "a refused one costs nothing";
}

TEST(SharedTokenBucket, NoMoreThanTheBurstGathers) {
    shared_token_bucket bucket({.requests_per_second = 10, .burst = 3});
    for (int n = 0; n < 3; ++n)
        EXPECT_EQ(bucket.take(1, start), taken);
    for (int n = 0; n < 3; ++n)
        EXPECT_EQ(bucket.take(1, start + 24h), taken);
    EXPECT_NE(bucket.take(1, start + 24h), taken);
}

TEST(SharedTokenBucket, ALargeRequestOwesWhatItTookBeyondTheBurst) {
    shared_token_bucket bucket({.requests_per_second = 10, .burst = 3});
    EXPECT_EQ(bucket.take(13, start), taken);
    EXPECT_EQ(bucket.take(1, start), 1100ms) << "ten are owed";
    EXPECT_EQ(bucket.take(13, start + 1s), 300ms) << "it needs the whole burst";
    EXPECT_EQ(bucket.take(13, start + 1300ms), taken);
}

TEST(SharedTokenBucket, TimesThatDifferALittleDisturbNothing) {
    shared_token_bucket bucket({.requests_per_second = 1000, .burst = 1});
    EXPECT_EQ(bucket.take(1, start + 2ms), taken);
    EXPECT_EQ(bucket.take(1, start), 3ms) << "a thread that read the clock before";
    EXPECT_EQ(bucket.take(1, start + 3ms), taken);
}

TEST(SharedTokenBucket, OddRatesAreSlowAndNeverEndless) {
    for (const double rate : {0.0, -1.0, 1e-300, 1e300}) {
        shared_token_bucket bucket({.requests_per_second = rate, .burst = 1'000'000});
        EXPECT_EQ(bucket.take(1'000'000, start), taken) << rate;
        EXPECT_GT(bucket.take(1'000'000, start), taken) << rate;
    }
}

/// One token's requests come in on every shard: together they may have no more than one would have alone.
TEST(SharedTokenBucket, ThreadsTogetherTakeExactlyWhatOneCould) {
    constexpr std::uint32_t burst = 4'000'000;
    shared_token_bucket bucket({.requests_per_second = 1, .burst = burst});
    constexpr int count = 4;
    std::atomic<std::uint32_t> all{0};
    std::latch together(count);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < count; ++thread) {
        threads.emplace_back([&] {
            std::uint32_t own = 0;
            together.arrive_and_wait();
            while (bucket.take(1, start) == taken)
                ++own;
            all += own;
        });
    }
    threads.clear();
    EXPECT_EQ(all, burst);
}

TEST(RequestRates, ATokenWithoutARateIsNotBounded) {
    const request_rates rates;
    for (int n = 0; n < 1000; ++n)
        EXPECT_EQ(rates.take("anybody", 1000, start), taken);
    EXPECT_EQ(rates.wait_for_one("anybody", start), taken);
}

TEST(RequestRates, AReloadGivesNobodyANewBurst) {
    const rate_settings slow{.requests_per_second = 1, .burst = 1};
    const request_rates before({{"a", slow}, {"b", slow}}, nullptr);
    EXPECT_EQ(before.take("a", 1, start), taken);
    EXPECT_EQ(before.take("b", 1, start), taken);
    const request_rates after({{"a", slow}, {"b", {.requests_per_second = 2, .burst = 1}}, {"c", slow}},
                              &before);
    EXPECT_EQ(after.take("a", 1, start), 1s) << "it goes on where it stood";
    EXPECT_EQ(after.take("b", 1, start), taken) << "another rate begins anew";
    EXPECT_EQ(after.take("c", 1, start), taken);
    EXPECT_EQ(before.take("a", 1, start + 1s), taken) << "a request that began before the reload";
    EXPECT_EQ(after.take("a", 1, start + 1s), 1s);
}

TEST(RequestRates, RetryAfterIsInWholeSecondsAndLongEnough) {
    EXPECT_EQ(seconds_to_wait(1ns), 1);
    EXPECT_EQ(seconds_to_wait(1s), 1);
    EXPECT_EQ(seconds_to_wait(1s + 1ns), 2);
}

}  // namespace
}  // namespace postrider::limit
