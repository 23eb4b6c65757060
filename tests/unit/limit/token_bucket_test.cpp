#include <postrider/limit/token_bucket.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <vector>

namespace postrider::limit {
namespace {

using namespace std::chrono_literals;

constexpr monotonic_time start{std::chrono::hours(5)};

std::uint32_t take_all(token_bucket& bucket, monotonic_time now) {
    std::uint32_t taken = 0;
    for (; bucket.available(now) > 0; ++taken)
        bucket.take(now);
    return taken;
}

TEST(TokenBucket, BeginsEmptyAndFillsToItsBurst) {
    token_bucket bucket({.requests_per_second = 10, .burst = 3}, start);
    EXPECT_EQ(bucket.available(start), 0U);
    EXPECT_EQ(bucket.available(start + 100ms - 1ns), 0U);
    EXPECT_EQ(bucket.available(start + 100ms), 1U);
    EXPECT_EQ(bucket.available(start + 299ms), 2U);
    EXPECT_EQ(bucket.available(start + 300ms), 3U);
    EXPECT_EQ(bucket.available(start + 24h), 3U);
    EXPECT_EQ(bucket.available(start - 1h), 0U) << "a time before its beginning";
}

TEST(TokenBucket, TakesOneEach) {
    token_bucket bucket({.requests_per_second = 10, .burst = 3}, start);
    const auto now = start + 1h;
    for (const auto left : {2U, 1U, 0U}) {
        bucket.take(now);
        EXPECT_EQ(bucket.available(now), left);
    }
    EXPECT_EQ(bucket.available(now + 99ms), 0U);
    EXPECT_EQ(bucket.available(now + 100ms), 1U);
}

TEST(TokenBucket, AFractionThatWasThereIsKept) {
    token_bucket bucket({.requests_per_second = 10, .burst = 3}, start);
    bucket.take(start + 150ms);
    EXPECT_EQ(bucket.available(start + 199ms), 0U);
    EXPECT_EQ(bucket.available(start + 200ms), 1U);
}

TEST(TokenBucket, OneThatWasNotThereIsOwed) {
    token_bucket bucket({.requests_per_second = 10, .burst = 3}, start);
    bucket.take(start);
    EXPECT_EQ(bucket.available(start + 199ms), 0U);
    EXPECT_EQ(bucket.available(start + 200ms), 1U);
}

TEST(TokenBucket, TellsWhenThereWillBeMore) {
    token_bucket bucket({.requests_per_second = 10, .burst = 3}, start);
    EXPECT_EQ(bucket.time_of(1, start), start + 100ms);
    EXPECT_EQ(bucket.time_of(3, start), start + 300ms);
    EXPECT_EQ(bucket.time_of(99, start), start + 300ms) << "at most its burst";
    EXPECT_LE(bucket.time_of(0, start), start);
    const auto full = start + 1h;
    EXPECT_LE(bucket.time_of(3, full), full);
    bucket.take(full);
    EXPECT_LE(bucket.time_of(2, full), full);
    EXPECT_EQ(bucket.time_of(3, full), full + 100ms);
}

struct rate_row {
    double rate;
    std::chrono::nanoseconds first;
};

TEST(TokenBucket, ATokenIsWorthWholeNanosecondsRoundedUp) {
    const std::vector<rate_row> rows{
        {1, 1s},     {3, 333'333'334ns}, {7, 142'857'143ns}, {0.1, 10s},  {0.29, 3'448'275'863ns},
        {1000, 1ms}, {1e6, 1us},         {1e9, 1ns},         {1e12, 1ns}, {1.0 / 3600, 3600s},
    };
    for (const auto& one : rows) {
        const token_bucket bucket({.requests_per_second = one.rate, .burst = 1}, start);
        EXPECT_EQ(bucket.time_of(1, start), start + one.first) << one.rate;
    }
}

TEST(TokenBucket, RatesBeyondAllSenseOverflowNothing) {
    constexpr auto most = std::numeric_limits<std::uint32_t>::max();
    for (const double rate : {1e-300, 1e-9, 0.0, -1.0, std::numeric_limits<double>::quiet_NaN(),
                              std::numeric_limits<double>::infinity(), 1e300}) {
        token_bucket bucket({.requests_per_second = rate, .burst = most}, start);
        for (int i = 0; i < 3; ++i) {
            bucket.take(start + 1h);
            EXPECT_GE(bucket.time_of(most, start + 1h), start) << rate;
        }
        EXPECT_EQ(bucket.available(start), 0U) << rate;
        EXPECT_EQ(bucket.available(start + 24h) > 0, rate > 1) << rate;
    }
}

/// Whoever asks, and whenever, and takes whatever is there: of all that was taken, no two moments hold more
/// between them than burst + rate × t. The rate is a whole number of requests in a whole number of
/// milliseconds, so that the bound is compared without rounding.
RC_GTEST_PROP(TokenBucket, NoWindowHoldsMoreThanItsBound, ()) {
    const auto requests = *rc::gen::inRange<std::int64_t>(1, 2000);
    const auto per_milliseconds = *rc::gen::inRange<std::int64_t>(1, 100'000);
    const auto burst = *rc::gen::inRange<std::uint32_t>(1, 50);
    const double rate = static_cast<double>(requests) * 1000.0 / static_cast<double>(per_milliseconds);
    token_bucket bucket({.requests_per_second = rate, .burst = burst}, start);

    std::vector<monotonic_time> taken;
    auto now = start;
    const auto steps = *rc::gen::container<std::vector<std::int64_t>>(rc::gen::oneOf(
        rc::gen::inRange<std::int64_t>(0, 5'000), rc::gen::inRange<std::int64_t>(0, 2'000'000'000)));
    for (const auto step : steps) {
        now += std::chrono::nanoseconds(step);
        const auto most = *rc::gen::inRange<std::uint32_t>(0, 60);
        for (std::uint32_t i = 0; i < most && bucket.available(now) > 0; ++i) {
            bucket.take(now);
            taken.push_back(now);
        }
    }
    for (std::size_t first = 0; first < taken.size(); ++first)
        for (std::size_t last = first; last < taken.size(); ++last) {
            const auto count = static_cast<std::int64_t>(last - first + 1);
            const auto span = std::chrono::nanoseconds(taken[last] - taken[first]).count();
            RC_ASSERT((count - burst) * per_milliseconds * 1'000'000 <= requests * span);
        }
    // And since its beginning it gave at most what time is worth: it began empty.
    const auto since = std::chrono::nanoseconds(now - start).count();
    RC_ASSERT(static_cast<std::int64_t>(taken.size()) * per_milliseconds * 1'000'000 <= requests * since);
}

RC_GTEST_PROP(TokenBucket, WhatIsThereAtTheToldTimeAndNotBefore, ()) {
    const double rate = *rc::gen::inRange(1, 1'000'000) / 1000.0;
    const auto burst = *rc::gen::inRange<std::uint32_t>(1, 100);
    token_bucket bucket({.requests_per_second = rate, .burst = burst}, start);
    const auto now = start + std::chrono::microseconds(*rc::gen::inRange(0, 2'000'000'000));
    const auto kept = *rc::gen::inRange<std::uint32_t>(0, 100);
    while (bucket.available(now) > kept)
        bucket.take(now);
    const auto count = *rc::gen::inRange<std::uint32_t>(1, burst + 1);
    const auto told = bucket.time_of(count, now);
    RC_ASSERT((told <= now) == (bucket.available(now) >= count));
    RC_ASSERT(bucket.available(std::max(told, now)) >= count);
    if (told > now) RC_ASSERT(bucket.available(told - 1ns) < count);
}

TEST(TokenBucket, DrainedSteadilyItGivesItsRate) {
    token_bucket bucket({.requests_per_second = 300, .burst = 10}, start);
    std::uint32_t taken = 0;
    for (auto now = start; now < start + 60s; now += 5ms)
        taken += take_all(bucket, now);
    EXPECT_GE(taken, 17'998U);
    EXPECT_LE(taken, 18'000U);
}

}  // namespace
}  // namespace postrider::limit
