#include <postrider/limit/concurrency_window.h>

#include <gtest/gtest.h>

namespace postrider::limit {
namespace {

using namespace std::chrono_literals;

constexpr monotonic_time start{std::chrono::hours(5)};

void succeed(concurrency_window& window, int times) {
    for (int i = 0; i < times; ++i)
        window.note_success();
}

TEST(ConcurrencyWindow, BeginsAtItsLimitAndStaysThere) {
    concurrency_window window(32);
    EXPECT_EQ(window.size(), 32U);
    succeed(window, 1000);
    EXPECT_EQ(window.size(), 32U);
    EXPECT_EQ(concurrency_window(0).size(), 1U);
}

TEST(ConcurrencyWindow, HalvesDownToOne) {
    concurrency_window window(32);
    auto now = start;
    for (const auto expected : {16U, 8U, 4U, 2U, 1U, 1U}) {
        now += 1s;
        window.note_overload(now - 1ms, now);
        EXPECT_EQ(window.size(), expected);
    }
}

TEST(ConcurrencyWindow, HalvesOnceForEachFlight) {
    concurrency_window window(32);
    window.note_overload(start, start + 1s);
    for (const auto begun : {start - 10s, start, start + 999ms, start + 1s})
        window.note_overload(begun, start + 2s);
    EXPECT_EQ(window.size(), 16U) << "all of these began before the decrease was known";
    window.note_overload(start + 1s + 1ns, start + 3s);
    EXPECT_EQ(window.size(), 8U);
}

TEST(ConcurrencyWindow, GrowsByOneForEachWindowOfSuccesses) {
    concurrency_window window(8);
    window.note_overload(start, start);
    window.note_overload(start + 1s, start + 1s);
    ASSERT_EQ(window.size(), 2U);
    for (const auto size : {2, 3, 4, 5, 6, 7}) {
        succeed(window, size - 1);
        EXPECT_EQ(window.size(), static_cast<std::uint32_t>(size));
        succeed(window, 1);
        EXPECT_EQ(window.size(), static_cast<std::uint32_t>(size) + 1);
    }
    succeed(window, 100);
    EXPECT_EQ(window.size(), 8U);
}

TEST(ConcurrencyWindow, ADecreaseForgetsTheSuccessesBefore) {
    concurrency_window window(8);
    window.note_overload(start, start);
    succeed(window, 3);
    window.note_overload(start + 1s, start + 1s);
    ASSERT_EQ(window.size(), 2U);
    window.note_success();
    EXPECT_EQ(window.size(), 2U);
}

TEST(ConcurrencyWindow, ALimitChangesAtOnceWithoutADecrease) {
    concurrency_window window(32);
    window.set_limit(4);
    EXPECT_EQ(window.size(), 4U);
    window.set_limit(64);
    EXPECT_EQ(window.size(), 64U);
    window.set_limit(0);
    EXPECT_EQ(window.size(), 1U);
}

TEST(ConcurrencyWindow, AfterADecreaseALargerLimitIsReachedBySuccesses) {
    concurrency_window window(8);
    window.note_overload(start, start);
    succeed(window, 3);
    window.set_limit(2);
    EXPECT_EQ(window.size(), 2U);
    window.set_limit(16);
    EXPECT_EQ(window.size(), 2U);
    window.note_success();
    EXPECT_EQ(window.size(), 3U);
    succeed(window, 1000);
    EXPECT_EQ(window.size(), 16U);
}

}  // namespace
}  // namespace postrider::limit
