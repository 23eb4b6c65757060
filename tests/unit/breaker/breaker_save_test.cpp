#include "circuit.h"

#include <postrider/breaker/breaker.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace postrider::breaker {
namespace {

using namespace std::chrono_literals;

constexpr wall_time today{1'700'000'000'000ms};

TEST(BreakerSaved, NothingWhenThereIsNothing) {
    circuit tested;
    EXPECT_EQ(tested.under_test.save(tested.now, today), "");
    tested.attempt("FFS");
    EXPECT_EQ(tested.under_test.save(tested.now, today), "");
}

TEST(BreakerSaved, Texts) {
    circuit tested;
    tested.attempt("FFF");
    EXPECT_EQ(tested.under_test.save(tested.now, today), "closed:3");
    tested.attempt("FF");
    EXPECT_EQ(tested.under_test.save(tested.now, today), "open:1700000030000:0");
    tested.now += 10s;
    EXPECT_EQ(tested.under_test.save(tested.now, today + 10s), "open:1700000030000:0");
    tested.wait_until_probe();
    tested.attempt("F");
    EXPECT_EQ(tested.under_test.save(tested.now, today + 30s), "open:1700000090000:1");
    tested.wait_until_probe();
    tested.attempt("S");
    EXPECT_EQ(tested.under_test.save(tested.now, today + 90s), "open:1700000090000:1");
}

TEST(BreakerSaved, CountedFailuresComeBack) {
    circuit after;
    EXPECT_TRUE(after.under_test.restore("closed:4", after.now, today));
    EXPECT_EQ(after.state(), circuit_state::closed);
    EXPECT_EQ(after.attempt("F"), breaker::change::opened);
}

TEST(BreakerSaved, AHalfOpenCircuitComesBackAsOneWhoseTimeHasCome) {
    circuit before;
    before.attempt("FFFFF");
    before.wait_until_probe();
    before.attempt("S");
    (void)before.under_test.begin(before.now);
    circuit after;
    after.now = monotonic_time(7s);
    const auto wall = today + 30s;
    ASSERT_TRUE(after.under_test.restore(before.under_test.save(before.now, wall), after.now, wall));
    EXPECT_EQ(after.state(), circuit_state::half_open);
    EXPECT_EQ(after.room(), 1U);
    EXPECT_EQ(after.attempt("S"), breaker::change::half_opened);
    EXPECT_EQ(after.room(), 2U);
}

struct clock_row {
    std::string saved;
    wall_time wall;
    milliseconds expected;  ///< from now to `opens_at`
};

TEST(BreakerSaved, TimeLeftIsBoundedWhateverTheClocksSay) {
    const std::vector<clock_row> rows{
        {"open:1700000030000:0", today, 30s},
        {"open:1700000030000:0", today + 12s, 18s},
        {"open:1700000030000:0", today + 30s, 0s},
        {"open:1700000030000:0", today + std::chrono::hours(1000), 0s},
        {"open:1700000030000:0", today - 1ms, 30s},  // at most what an opening takes
        {"open:1700000030000:0", today - std::chrono::hours(1000), 30s},
        {"open:1700000060000:0", today, 30s},
        {"open:1700000060000:1", today, 60s},
        {"open:1700000600000:3", today, 240s},
        {"open:1700000600000:4", today, 300s},
        {"open:1700000600000:4294967295", today, 300s},
        {"open:253402300799999:0", today, 30s},
        {"open:0:0", today, 0s},
        {"open:0:0", wall_time::min(), 30s},
        {"open:253402300799999:0", wall_time::min(), 30s},
        {"open:0:0", wall_time::max(), 0s},
    };
    for (const auto& one : rows) {
        circuit after;
        EXPECT_TRUE(after.under_test.restore(one.saved, after.now, one.wall)) << one.saved;
        EXPECT_EQ(after.under_test.opens_at(), after.now + one.expected) << one.saved;
    }
}

TEST(BreakerSaved, AnOddTextChangesNothing) {
    const std::vector<std::string> texts{
        "x",
        ":",
        "closed",
        "closed:",
        "closed:-1",
        "closed:+1",
        "closed: 1",
        "closed:1 ",
        "closed:1:",
        "closed:1:1",
        "closed:0x1",
        "closed:4294967296",
        "closed:99999999999999999999",
        "Closed:1",
        " closed:1",
        "open",
        "open:",
        "open:1",
        "open:1:",
        "open::1",
        "open:1:1:",
        "open:1:1:1",
        "open:-1:1",
        "open:1:-1",
        "open:1:4294967296",
        "open:1.5:1",
        "open:253402300800000:1",
        "open:99999999999999999999:1",
        "opened:1:1",
        "half_open:1:1",
        std::string("open:1:1\0", 9),
        "open:1:1\n",
        std::string(100'000, '1'),
        std::string(1000, ':'),
    };
    for (const auto& text : texts) {
        circuit after;
        after.attempt("FFF");
        EXPECT_FALSE(after.under_test.restore(text, after.now, today)) << text.substr(0, 40);
        EXPECT_EQ(after.under_test.save(after.now, today), "closed:3") << text.substr(0, 40);
    }
}

TEST(BreakerSaved, ADisabledOneTakesATextAndStaysClosed) {
    breaker_settings off;
    off.enabled = false;
    circuit after(off);
    EXPECT_TRUE(after.under_test.restore("open:1700000030000:0", after.now, today));
    EXPECT_EQ(after.room(), breaker::unlimited);
    EXPECT_FALSE(after.under_test.restore("nonsense", after.now, today));
}

TEST(BreakerSaved, AttemptsFromBeforeSayNothing) {
    circuit after;
    const auto begun = after.under_test.begin(after.now);
    ASSERT_TRUE(after.under_test.restore("closed:4", after.now, today));
    EXPECT_EQ(after.under_test.end(begun, verdict::failure, after.now), breaker::change::none);
}

/// Any life of a breaker, with seconds between the attempts.
circuit after_any_life() {
    circuit one;
    const auto letters = *rc::gen::container<std::string>(rc::gen::element('F', 'F', 'F', 'S', 'N'));
    for (const char letter : letters) {
        if (one.room() == 0) one.now += 1s * *rc::gen::inRange(0, 90);
        if (one.room() > 0) one.attempt(std::string(1, letter));
    }
    return one;
}

RC_GTEST_PROP(BreakerSaved, ComesBackAsItWas, ()) {
    auto before = after_any_life();
    circuit after;
    after.now = monotonic_time(1s * *rc::gen::inRange(0, 100'000));
    const auto later = 1s * *rc::gen::inRange(0, 400);
    const auto saved = before.under_test.save(before.now, today);
    RC_ASSERT((saved.size() < 40 && std::ranges::all_of(saved, [](char c) { return c > ' ' && c < 127; })));
    RC_ASSERT(after.under_test.restore(saved, after.now, today + later));

    before.now += later;
    RC_ASSERT(after.state() == before.state());
    RC_ASSERT(after.under_test.failed_probes() == before.under_test.failed_probes());
    if (before.state() == circuit_state::half_open) RC_ASSERT(after.room() == 1U);
    if (before.state() == circuit_state::closed) RC_ASSERT(after.room() == breaker::unlimited);
    if (before.state() == circuit_state::open) {
        RC_ASSERT(*after.under_test.opens_at() - after.now == *before.under_test.opens_at() - before.now);
        RC_ASSERT(after.under_test.save(after.now, today + later) == saved);
    }
}

RC_GTEST_PROP(BreakerSaved, NoTextBreaksIt, (const std::string& text)) {
    circuit after;
    const auto kind = *rc::gen::element<std::string>("", "open:", "closed:", "open:1:");
    const auto taken = after.under_test.restore(kind + text, after.now, today);
    RC_ASSERT((taken || after.under_test.save(after.now, today).empty()));
    const auto until = after.under_test.opens_at();
    RC_ASSERT((!until || (*until >= after.now && *until <= after.now + 300s)));
}

}  // namespace
}  // namespace postrider::breaker
