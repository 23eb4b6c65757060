#include <postrider/breaker/fault_storm.h>

#include <gtest/gtest.h>

#include <string>

namespace postrider::breaker {
namespace {

using namespace std::chrono_literals;

constexpr monotonic_time start{std::chrono::hours(5)};

void note(fault_storm& storm, std::size_t endpoints, monotonic_time now, std::size_t first = 0) {
    for (std::size_t i = first; i < first + endpoints; ++i)
        storm.note_unreachable("default.ep" + std::to_string(i), now);
}

TEST(FaultStorm, TakesTwentyDifferentEndpoints) {
    fault_storm storm;
    EXPECT_FALSE(storm.is_on(start));
    note(storm, 19, start);
    note(storm, 19, start);  // the same ones again
    EXPECT_FALSE(storm.is_on(start));
    note(storm, 1, start, 19);
    EXPECT_TRUE(storm.is_on(start));
}

TEST(FaultStorm, EndsWithTheFirstAnswer) {
    fault_storm storm;
    note(storm, 50, start);
    storm.note_answer(start + 1s);
    EXPECT_FALSE(storm.is_on(start + 1s));
    note(storm, 50, start + 2s);
    EXPECT_FALSE(storm.is_on(start + 2s)) << "somebody answered within the span";
    EXPECT_FALSE(storm.is_on(start + 11s - 1ns));
    EXPECT_TRUE(storm.is_on(start + 11s));
}

TEST(FaultStorm, DoesNotBeginWhileSomebodyAnswers) {
    fault_storm storm;
    storm.note_answer(start);
    note(storm, 50, start + 1s);
    EXPECT_FALSE(storm.is_on(start + 1s));
}

TEST(FaultStorm, EndsWhenTheSpanHasPassedWithoutNews) {
    fault_storm storm;
    note(storm, 20, start);
    EXPECT_TRUE(storm.is_on(start + 10s - 1ns));
    EXPECT_FALSE(storm.is_on(start + 10s));
    note(storm, 19, start + 5s);
    EXPECT_TRUE(storm.is_on(start + 10s - 1ns));
    EXPECT_FALSE(storm.is_on(start + 10s)) << "19 of them are news";
}

TEST(FaultStorm, GoesOnWithNewsOfOthers) {
    fault_storm storm;
    for (int second = 0; second < 60; ++second) {
        note(storm, 1000, start + 1s * second, static_cast<std::size_t>(second) * 1000);
        EXPECT_TRUE(storm.is_on(start + 1s * second));
        EXPECT_TRUE(storm.is_on(start + 1s * second + 9s));
    }
}

TEST(FaultStorm, HoldsAtTheBeginningOfTheClock) {
    fault_storm storm;
    note(storm, 20, monotonic_time{});
    EXPECT_TRUE(storm.is_on(monotonic_time{}));
}

}  // namespace
}  // namespace postrider::breaker
