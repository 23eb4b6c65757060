#include "fixed_random.h"

#include <postrider/retry/decision.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace postrider::retry {
namespace {

using namespace std::chrono_literals;
constexpr auto uint64_max = std::numeric_limits<std::uint64_t>::max();

milliseconds jittered(milliseconds delay, std::uint64_t random) {
    fixed_random source(random);
    return with_jitter(delay, source);
}

TEST(Backoff, DefaultTableIsTheOneOfStandardWebhooks) {
    EXPECT_EQ(default_table(),
              (std::vector<milliseconds>{5s, 300s, 1800s, 7200s, 18000s, 36000s, 50400s, 72000s, 86400s}));
}

TEST(Backoff, ExponentialAsTheContractCountsIt) {
    EXPECT_EQ(exponential_table(5, 60s, 2.0, 3600s),
              (std::vector<milliseconds>{60s, 120s, 240s, 480s, 960s}));
    EXPECT_EQ(exponential_table(8, 60s, 2.0, 3600s),
              (std::vector<milliseconds>{60s, 120s, 240s, 480s, 960s, 1920s, 3600s, 3600s}));
    EXPECT_EQ(exponential_table(3, 1s, 1.5, 3600s), (std::vector<milliseconds>{1s, 1500ms, 2250ms}));
    EXPECT_EQ(exponential_table(3, 10s, 1.0, 3600s), (std::vector<milliseconds>{10s, 10s, 10s}));
    EXPECT_EQ(exponential_table(2, 10s, 3.0, 5s), (std::vector<milliseconds>{5s, 5s}));
    EXPECT_TRUE(exponential_table(0, 60s, 2.0, 3600s).empty());
}

TEST(Backoff, ExponentialSaturates) {
    const auto table = exponential_table(2000, 30 * 24h, 1000.0, 30 * 24h);
    ASSERT_EQ(table.size(), 2000U);
    EXPECT_EQ(table.back(), milliseconds(30 * 24h));
    const auto uncapped = exponential_table(2000, 1s, 1000.0, milliseconds::max());
    EXPECT_GT(uncapped.back(), milliseconds(365 * 24h));
}

struct jitter_row {
    milliseconds delay;
    std::uint64_t random;
    milliseconds expected;
};

TEST(Backoff, JitterToTheMillisecond) {
    const std::vector<jitter_row> rows{
        {5s, 0, 5s},
        {5s, 27, 5027ms},
        {5s, 2500, 7500ms},  // the whole window of half the delay
        {5s, 2501, 5s},      // past the window it begins again
        {5s, 9999, 5000ms + 9999ms % 2501ms},
        {59'999ms, 29'999, 89'998ms},
        {60s, 12'000, 72s},  // from a minute on a fifth
        {60s, 12'001, 60s},
        {24h, 17'280'000, 24h + 17'280s},
        {1ms, uint64_max, 1ms},  // no window at all
        {0ms, uint64_max, 0ms},
        {-5ms, uint64_max, 0ms},
        {5s, uint64_max, milliseconds(5000 + uint64_max % 2501)},
        {24h, uint64_max - 1, milliseconds(86'400'000 + (uint64_max - 1) % 17'280'001)},
        {milliseconds::max(), 1, milliseconds::max()},
        {milliseconds::max(), uint64_max, milliseconds::max()},
    };
    for (const auto& one : rows)
        EXPECT_EQ(jittered(one.delay, one.random), one.expected) << one.delay.count() << " " << one.random;
}

RC_GTEST_PROP(Backoff, JitterNeverShortensAndStaysInItsWindow, (std::uint64_t random)) {
    const auto count = *rc::gen::inRange<milliseconds::rep>(0, 40LL * 24 * 3600 * 1000);
    const auto delay = jittered(milliseconds(count), random).count();
    RC_ASSERT(delay >= count);
    RC_ASSERT((count < 60'000 ? delay * 2 <= count * 3 : delay * 5 <= count * 6));
}

RC_GTEST_PROP(Backoff, ExponentialNeverFallsAndNeverPassesItsCap, ()) {
    const auto retries = *rc::gen::inRange<std::uint32_t>(0, 300);
    const milliseconds initial(*rc::gen::inRange(1, 100'000'000));
    const milliseconds cap(*rc::gen::inRange(1, 100'000'000));
    const double multiplier = 1.0 + *rc::gen::inRange(0, 100'000) / 100.0;
    const auto table = exponential_table(retries, initial, multiplier, cap);
    RC_ASSERT(table.size() == retries);
    for (std::size_t i = 0; i < table.size(); ++i) {
        RC_ASSERT((table[i] <= cap && table[i] > 0ms));
        RC_ASSERT((i == 0 || table[i] >= table[i - 1]));
    }
}

}  // namespace
}  // namespace postrider::retry
