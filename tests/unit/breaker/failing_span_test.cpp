#include <postrider/breaker/failing_span.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace postrider::breaker {
namespace {

using namespace std::chrono_literals;
using verdict = failing_span::verdict;

constexpr wall_time today{1'700'000'000'000ms};
constexpr auto day = std::chrono::hours(24);
const auto_disable_settings settings;  // warns after 2 days, disables after 5

TEST(FailingSpan, WarnsOnceThenDisables) {
    failing_span span;
    EXPECT_EQ(span.since(), std::nullopt);
    EXPECT_EQ(span.note_failure(today, settings), verdict::none);
    EXPECT_EQ(span.since(), today);
    EXPECT_EQ(span.note_failure(today + 2 * day - 1ms, settings), verdict::none);
    EXPECT_EQ(span.note_failure(today + 2 * day, settings), verdict::warn);
    EXPECT_EQ(span.note_failure(today + 2 * day, settings), verdict::none);
    EXPECT_EQ(span.note_failure(today + 5 * day - 1ms, settings), verdict::none);
    EXPECT_EQ(span.note_failure(today + 5 * day, settings), verdict::disable);
    EXPECT_EQ(span.note_failure(today + 6 * day, settings), verdict::disable);
    EXPECT_EQ(span.since(), today);
}

TEST(FailingSpan, ASuccessEndsItAndItsWarning) {
    failing_span span;
    (void)span.note_failure(today, settings);
    EXPECT_EQ(span.note_failure(today + 2 * day, settings), verdict::warn);
    span.note_success();
    EXPECT_EQ(span.since(), std::nullopt);
    EXPECT_EQ(span.note_failure(today + 5 * day, settings), verdict::none);
    EXPECT_EQ(span.note_failure(today + 7 * day, settings), verdict::warn);
}

TEST(FailingSpan, WarnsFirstAlsoWhenNothingFailedBetween) {
    failing_span span;
    (void)span.note_failure(today, settings);
    EXPECT_EQ(span.disables_at(settings), std::nullopt);
    EXPECT_EQ(span.note_failure(today + 5 * day, settings), verdict::warn);
    EXPECT_EQ(span.disables_at(settings), today + 8 * day) << "as long after the warning as promised";
    EXPECT_EQ(span.note_failure(today + 5 * day, settings), verdict::none);
    EXPECT_EQ(span.note_failure(today + 8 * day - 1ms, settings), verdict::none);
    EXPECT_EQ(span.note_failure(today + 8 * day, settings), verdict::disable);
}

TEST(FailingSpan, WhatWasSavedBeforeWarningsHadATimeStillLoads) {
    failing_span span;
    ASSERT_TRUE(span.restore("failing:1700000000000:1", today + 3 * day));
    EXPECT_EQ(span.note_failure(today + 3 * day, settings), verdict::none) << "warned already";
    EXPECT_EQ(span.note_failure(today + 5 * day, settings), verdict::disable);
}

TEST(FailingSpan, TheTimeOfTheWarningComesBack) {
    failing_span span;
    (void)span.note_failure(today, settings);
    EXPECT_EQ(span.note_failure(today + 6 * day, settings), verdict::warn);
    failing_span next;
    ASSERT_TRUE(next.restore(span.save(), today + 7 * day));
    EXPECT_EQ(next.disables_at(settings), today + 9 * day);
    EXPECT_EQ(next.note_failure(today + 8 * day, settings), verdict::none);
    EXPECT_EQ(next.note_failure(today + 9 * day, settings), verdict::disable);
}

TEST(FailingSpan, SwitchedOffItTellsNothingButKnows) {
    failing_span span;
    auto_disable_settings off;
    off.enabled = false;
    EXPECT_EQ(span.note_failure(today, off), verdict::none);
    EXPECT_EQ(span.note_failure(today + 9 * day, off), verdict::none);
    EXPECT_EQ(span.since(), today);
}

TEST(FailingSpan, AClockThatWentBackIsPatientlyWaitedFor) {
    failing_span span;
    (void)span.note_failure(today, settings);
    EXPECT_EQ(span.note_failure(today - 100 * day, settings), verdict::none);
    EXPECT_EQ(span.since(), today);
}

TEST(FailingSpan, IsSavedAndComesBack) {
    failing_span before;
    EXPECT_EQ(before.save(), "");
    (void)before.note_failure(today, settings);
    EXPECT_EQ(before.save(), "failing:1700000000000:0");
    failing_span young;
    ASSERT_TRUE(young.restore(before.save(), today + day));
    EXPECT_EQ(young.note_failure(today + 2 * day, settings), verdict::warn);

    (void)before.note_failure(today + 2 * day, settings);
    EXPECT_EQ(before.save(), "failing:1700000000000:1700172800000");
    failing_span warned;
    ASSERT_TRUE(warned.restore(before.save(), today + 3 * day));
    EXPECT_EQ(warned.since(), today);
    EXPECT_EQ(warned.note_failure(today + 3 * day, settings), verdict::none) << "warned already";
    EXPECT_EQ(warned.note_failure(today + 5 * day, settings), verdict::disable);
    ASSERT_TRUE(warned.restore("", today));
    EXPECT_EQ(warned.since(), std::nullopt);
}

TEST(FailingSpan, ABeginInTheFutureIsNow) {
    failing_span span;
    ASSERT_TRUE(span.restore("failing:253402300799999:0", today));
    EXPECT_EQ(span.since(), today);
}

TEST(FailingSpan, AnOddTextChangesNothing) {
    const std::vector<std::string> texts{
        "failing",
        "failing:",
        "failing:1",
        "failing:1:",
        "failing::1",
        "failing:1:1:",
        "failing:-1:0",
        "failing:1:x",
        "Failing:1:0",
        "open:1:0",
        "x",
        "failing:253402300800000:0",
        "failing:99999999999999999999:0",
        std::string(5000, ':'),
    };
    for (const auto& text : texts) {
        failing_span span;
        (void)span.note_failure(today, settings);
        EXPECT_FALSE(span.restore(text, today)) << text.substr(0, 40);
        EXPECT_EQ(span.since(), today) << text.substr(0, 40);
    }
}

}  // namespace
}  // namespace postrider::breaker
