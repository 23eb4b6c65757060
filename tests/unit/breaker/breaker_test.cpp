#include "circuit.h"

#include <postrider/breaker/breaker.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace postrider::breaker {
namespace {

using namespace std::chrono_literals;
using change = breaker::change;

/// Nothing opens it but consecutive failures.
breaker_settings only_consecutive(std::uint32_t threshold = 5) {
    breaker_settings settings;
    settings.failure_threshold = threshold;
    settings.minimum_requests = 1'000'000;
    return settings;
}
/// Nothing opens it but the ratio.
breaker_settings only_ratio(double ratio, std::uint32_t minimum) {
    breaker_settings settings;
    settings.failure_threshold = 1'000'000;
    settings.failure_ratio = ratio;
    settings.minimum_requests = minimum;
    return settings;
}
circuit opened(const breaker_settings& settings = {}) {
    circuit one(settings);
    one.attempt("FFFFF");
    return one;
}

TEST(Breaker, NamesItsStates) {
    EXPECT_EQ(to_string(circuit_state::closed), "closed");
    EXPECT_EQ(to_string(circuit_state::half_open), "half_open");
    EXPECT_EQ(to_string(circuit_state::open), "open");
}

struct row {
    std::string attempts;
    breaker_settings settings;
    circuit_state expected;
};

TEST(Breaker, OpensOnConsecutiveFailures) {
    constexpr auto closed = circuit_state::closed;
    constexpr auto open = circuit_state::open;
    const std::vector<row> rows{
        {"", only_consecutive(), closed},
        {"FFFF", only_consecutive(), closed},
        {"FFFFF", only_consecutive(), open},
        {"FFFFSFFFF", only_consecutive(), closed},
        {"FFFFSFFFFF", only_consecutive(), open},
        {"FFFFNNNNF", only_consecutive(), open},       // our own faults neither count …
        {"FFFFNNNNNNNN", only_consecutive(), closed},  // … nor reset
        {"F", only_consecutive(1), open},
        {"FFFFFFFFFSFFFFFFFFF", only_consecutive(10), closed},
    };
    for (const auto& one : rows) {
        circuit tested(one.settings);
        tested.attempt(one.attempts);
        EXPECT_EQ(tested.state(), one.expected) << one.attempts;
    }
}

TEST(Breaker, OpensOnARatioOfAMinimum) {
    constexpr auto closed = circuit_state::closed;
    constexpr auto open = circuit_state::open;
    const std::vector<row> rows{
        {"SFSFSFSFSFSFSFSFSFF", only_ratio(0.5, 20), closed},   // 19 are too few
        {"SFSFSFSFSFSFSFSFSFSF", only_ratio(0.5, 20), open},    // 10 of 20
        {"SFSFSFSFSFSFSFSFSFSS", only_ratio(0.5, 20), closed},  // 9 of 20
        {"FFFFFFFFFFSSSSSSSSSS", only_ratio(0.5, 20), open},    // the last of the minimum may be a success
        {"SFSFSFSFSFSFSFSFSFNN", only_ratio(0.5, 20), closed},  // ours are not among them
        {"SSSSSSSSSS", only_ratio(0.1, 10), closed},
        {"SSSSSSSSSF", only_ratio(0.1, 10), open},
        {"SSSSSSSSSS", only_ratio(0, 10), closed},  // no failure at all opens nothing
        {"FFFFFFFFFS", only_ratio(1, 10), closed},
        {"FFFFFFFFFF", only_ratio(1, 10), open},
    };
    for (const auto& one : rows) {
        circuit tested(one.settings);
        tested.attempt(one.attempts);
        EXPECT_EQ(tested.state(), one.expected) << one.attempts;
    }
}

TEST(Breaker, ARatioIsTheNumberThatWasWritten) {
    for (const double percent : {7.0, 29.0, 57.0, 58.0}) {
        circuit tested(only_ratio(percent / 100, 100));
        const auto failures = static_cast<std::size_t>(percent);
        tested.attempt(std::string(100 - failures, 'S') + std::string(failures - 1, 'F'));
        EXPECT_EQ(tested.state(), circuit_state::closed) << percent;
        tested.attempt("F");
        EXPECT_EQ(tested.state(), circuit_state::open) << percent;
    }
}

TEST(Breaker, TheWindowForgetsBySixths) {
    circuit tested(only_ratio(0.5, 20));
    tested.now = monotonic_time(6000s);
    tested.attempt("FFFFFFFFFF");
    tested.now += 49s;
    tested.attempt("FFFFFFFFF");  // 19 within 49 s
    EXPECT_EQ(tested.state(), circuit_state::closed);
    tested.now += 11s;  // the first ten are a whole minute old
    tested.attempt("F");
    EXPECT_EQ(tested.state(), circuit_state::closed);
    tested.attempt("FFFFFFFFF");  // 19 still
    EXPECT_EQ(tested.state(), circuit_state::closed);
    tested.attempt("F");
    EXPECT_EQ(tested.state(), circuit_state::open);
}

TEST(Breaker, TheWindowKeepsWhatIsYoungerThanFiveSixths) {
    circuit tested(only_ratio(0.5, 20));
    tested.now = monotonic_time(6009s);
    tested.attempt("FFFFFFFFFF");
    tested.now = monotonic_time(6059s);
    EXPECT_EQ(tested.attempt("FFFFFFFFFF"), change::opened);
}

TEST(Breaker, TheWindowHoldsAtAClockBelowZero) {
    circuit tested(only_ratio(0.5, 20));
    tested.now = monotonic_time(-35s);
    tested.attempt("FFFFFFFFFF");
    tested.now = monotonic_time(5s);
    EXPECT_EQ(tested.attempt("FFFFFFFFFF"), change::opened);
}

TEST(Breaker, ClosedHasRoomForAll) {
    circuit tested;
    EXPECT_EQ(tested.room(), breaker::unlimited);
    EXPECT_EQ(tested.under_test.opens_at(), std::nullopt);
}

TEST(Breaker, OpenHasNoRoomUntilItsTime) {
    circuit tested;
    EXPECT_EQ(tested.attempt("FFFF"), change::none);
    EXPECT_EQ(tested.attempt("F"), change::opened);
    EXPECT_EQ(tested.room(), 0U);
    EXPECT_EQ(tested.under_test.opens_at(), tested.now + 30s);
    tested.now += 30s - 1ns;
    EXPECT_EQ(tested.room(), 0U);
    EXPECT_EQ(tested.state(), circuit_state::open);
    tested.now += 1ns;
    EXPECT_EQ(tested.room(), 1U);
    EXPECT_EQ(tested.state(), circuit_state::half_open);
    EXPECT_EQ(tested.under_test.opens_at(), tested.now);
}

TEST(Breaker, ProbesRampAndClose) {
    auto tested = opened();
    tested.wait_until_probe();
    for (const std::uint32_t round : {1U, 2U, 4U, 8U}) {
        std::vector<breaker::ticket> begun;
        for (auto left = round; left > 0; --left) {
            EXPECT_EQ(tested.room(), left);
            begun.push_back(tested.under_test.begin(tested.now));
        }
        EXPECT_EQ(tested.room(), 0U);
        EXPECT_EQ(tested.under_test.opens_at(), std::nullopt);
        EXPECT_EQ(tested.state(), circuit_state::half_open);
        for (std::uint32_t ended = 1; ended <= round; ++ended) {
            const auto told = tested.under_test.end(begun[ended - 1], verdict::success, tested.now);
            const auto expected = ended < round ? change::none
                                  : round == 1  ? change::half_opened
                                  : round == 8  ? change::closed
                                                : change::none;
            EXPECT_EQ(told, expected) << round << " " << ended;
        }
    }
    EXPECT_EQ(tested.state(), circuit_state::closed);
    EXPECT_EQ(tested.room(), breaker::unlimited);
}

TEST(Breaker, ClosesWithACleanCount) {
    auto tested = opened(only_ratio(0.5, 5));
    EXPECT_EQ(tested.state(), circuit_state::open);
    tested.wait_until_probe();
    EXPECT_EQ(tested.attempt("SSSSSSSSSSSSSSS"), change::closed);
    EXPECT_EQ(tested.under_test.failed_probes(), 0U);
    EXPECT_EQ(tested.attempt("FFFF"), change::none);
    EXPECT_EQ(tested.attempt("F"), change::opened);
    EXPECT_EQ(tested.under_test.opens_at(), tested.now + 30s);
}

TEST(Breaker, OneFailedProbeOpensAgainForTwiceAsLongUpToTheCap) {
    auto tested = opened();
    std::uint32_t failed = 0;
    for (const auto expected : {60s, 120s, 240s, 300s, 300s, 300s}) {
        tested.wait_until_probe();
        EXPECT_EQ(tested.attempt("F"), change::opened);
        EXPECT_EQ(tested.under_test.failed_probes(), ++failed);
        EXPECT_EQ(tested.room(), 0U);
        EXPECT_EQ(tested.under_test.opens_at(), tested.now + expected);
    }
}

TEST(Breaker, AFailedProbeOfALaterRoundOpensToo) {
    for (const auto* before : {"S", "SSS", "SSSSSSS", "SSSSSSSSSSSSSS"}) {
        auto tested = opened();
        tested.wait_until_probe();
        tested.attempt(before);
        EXPECT_EQ(tested.attempt("F"), change::opened) << before;
        EXPECT_EQ(tested.under_test.opens_at(), tested.now + 60s) << before;
        tested.wait_until_probe();
        EXPECT_EQ(tested.room(), 1U) << "the ramp begins anew";
    }
}

TEST(Breaker, AnOpeningTimeBeyondAllBoundsIsTheCap) {
    breaker_settings settings;
    settings.recovery_timeout = 1ms;
    settings.max_recovery_timeout = std::chrono::hours(24 * 365);
    auto tested = opened(settings);
    for (int probe = 0; probe < 100; ++probe) {
        tested.wait_until_probe();
        tested.attempt("F");
    }
    EXPECT_EQ(tested.under_test.opens_at(), tested.now + std::chrono::hours(24 * 365));
    settings.recovery_timeout = settings.max_recovery_timeout * 2;
    EXPECT_EQ(opened(settings).under_test.opens_at(), circuit().now + settings.max_recovery_timeout);
}

TEST(Breaker, WhatBeganBeforeTheLastChangeSaysNothing) {
    circuit tested;
    const auto from_closed = tested.under_test.begin(tested.now);
    tested.attempt("FFFFF");
    const auto until = tested.under_test.opens_at();
    EXPECT_EQ(tested.under_test.end(from_closed, verdict::failure, tested.now), change::none);
    EXPECT_EQ(tested.under_test.end(from_closed, verdict::success, tested.now), change::none);
    EXPECT_EQ(tested.under_test.opens_at(), until);

    tested.wait_until_probe();
    const auto probe = tested.under_test.begin(tested.now);
    EXPECT_EQ(tested.under_test.end(from_closed, verdict::success, tested.now), change::none);
    EXPECT_EQ(tested.under_test.end(from_closed, verdict::none, tested.now), change::none);
    EXPECT_EQ(tested.room(), 0U) << "a stale ticket gives no room back";
    EXPECT_EQ(tested.under_test.end(probe, verdict::success, tested.now), change::half_opened);

    const auto first = tested.under_test.begin(tested.now);
    const auto second = tested.under_test.begin(tested.now);
    EXPECT_EQ(tested.under_test.end(first, verdict::failure, tested.now), change::opened);
    const auto again = tested.under_test.opens_at();
    tested.now += 1s;
    EXPECT_EQ(tested.under_test.end(second, verdict::failure, tested.now), change::none);
    EXPECT_EQ(tested.under_test.opens_at(), again) << "the second probe's failure does not open it once more";
    EXPECT_EQ(tested.under_test.failed_probes(), 1U);
}

TEST(Breaker, AttemptsOfTheOpeningCountNoMoreAfterTheClosing) {
    circuit tested;
    const auto stale = tested.under_test.begin(tested.now);
    tested.attempt("FFFFF");
    tested.wait_until_probe();
    tested.attempt("SSSSSSSSSSSSSSS");
    tested.attempt("FFFF");
    EXPECT_EQ(tested.under_test.end(stale, verdict::failure, tested.now), change::none);
    EXPECT_EQ(tested.state(), circuit_state::closed);
}

TEST(Breaker, AProbeThatSaysNothingGivesItsRoomBack) {
    auto tested = opened();
    tested.wait_until_probe();
    EXPECT_EQ(tested.attempt("N"), change::none);
    EXPECT_EQ(tested.room(), 1U);
    EXPECT_EQ(tested.state(), circuit_state::half_open);
    EXPECT_EQ(tested.attempt("S"), change::half_opened);
    const auto first = tested.under_test.begin(tested.now);
    const auto second = tested.under_test.begin(tested.now);
    EXPECT_EQ(tested.under_test.end(first, verdict::none, tested.now), change::none);
    EXPECT_EQ(tested.under_test.end(second, verdict::success, tested.now), change::none);
    EXPECT_EQ(tested.room(), 1U) << "one of the two has still to succeed";
    tested.attempt("S");
    EXPECT_EQ(tested.room(), 4U);
}

TEST(Breaker, NewSettingsHoldFromHereOn) {
    auto settings = only_consecutive(5);
    circuit tested(settings);
    tested.attempt("FFF");
    settings.failure_threshold = 2;
    tested.under_test.configure(settings);
    EXPECT_EQ(tested.state(), circuit_state::closed) << "what is counted opens nothing by itself";
    EXPECT_EQ(tested.attempt("F"), change::opened);

    const auto opened_at = tested.now;
    tested.now += 1s;
    settings.recovery_timeout = 300s;
    tested.under_test.configure(settings);
    EXPECT_EQ(tested.under_test.opens_at(), opened_at + 30s) << "a longer time holds from the next opening";
    settings.recovery_timeout = 10s;
    tested.under_test.configure(settings);
    EXPECT_EQ(tested.under_test.opens_at(), opened_at + 10s) << "a shorter one holds at once";
    tested.wait_until_probe();
    tested.attempt("F");
    EXPECT_EQ(tested.under_test.opens_at(), tested.now + 20s);
}

TEST(Breaker, ADisabledOneIsClosed) {
    breaker_settings off;
    off.enabled = false;
    circuit disabled(off);
    EXPECT_EQ(disabled.attempt("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"), change::none);
    EXPECT_EQ(disabled.state(), circuit_state::closed);
    EXPECT_EQ(disabled.room(), breaker::unlimited);

    auto tested = opened();
    const auto stale = tested.under_test.begin(tested.now);
    tested.under_test.configure(off);
    EXPECT_EQ(tested.state(), circuit_state::closed);
    EXPECT_EQ(tested.room(), breaker::unlimited);
    EXPECT_EQ(tested.under_test.opens_at(), std::nullopt);
    EXPECT_EQ(tested.under_test.save(tested.now, wall_time(1s)), "");
    EXPECT_EQ(tested.under_test.end(stale, verdict::failure, tested.now), change::none);
    tested.attempt("FFFFFFFFF");
    tested.under_test.configure({});
    EXPECT_EQ(tested.attempt("FFFF"), change::none) << "enabled again with a clean count";
    EXPECT_EQ(tested.attempt("F"), change::opened);
}

}  // namespace
}  // namespace postrider::breaker
