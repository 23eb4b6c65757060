#include <postrider/dispatch/admission.h>

#include <gtest/gtest.h>

namespace postrider::dispatch {
namespace {

using namespace std::chrono_literals;
using circuit_change = breaker::breaker::change;
using span_verdict = breaker::failing_span::verdict;

constexpr monotonic_time begin_of_time{1h};
constexpr wall_time wall_begin{std::chrono::milliseconds(1'700'000'000'000)};

attempt_result result_of(transport_error error, std::uint16_t status = 0, bool own_fault = false) {
    attempt_result result;
    result.error = error;
    result.status = status;
    result.own_fault = own_fault;
    return result;
}

TEST(judge, tells_whose_fault_an_attempt_was) {
    const outcome delivered;
    const outcome retried{outcome::kind::retry, 5s, {}};
    const outcome refused{outcome::kind::dead, {}, dead_reason::terminal_status};
    const outcome gone{outcome::kind::dead, {}, dead_reason::gone};
    const outcome exhausted{outcome::kind::dead, {}, dead_reason::attempts_exhausted};
    using error = transport_error;
    EXPECT_EQ(judge(result_of(error::none, 200), delivered), breaker::verdict::success);
    EXPECT_EQ(judge(result_of(error::none, 400), refused), breaker::verdict::success);
    EXPECT_EQ(judge(result_of(error::none, 410), gone), breaker::verdict::success);
    EXPECT_EQ(judge(result_of(error::none, 503), retried), breaker::verdict::failure);
    EXPECT_EQ(judge(result_of(error::none, 503), exhausted), breaker::verdict::failure);
    EXPECT_EQ(judge(result_of(error::timeout), retried), breaker::verdict::failure);
    EXPECT_EQ(judge(result_of(error::dns, 0, true), retried), breaker::verdict::none);
    EXPECT_EQ(judge(result_of(error::local, 0, true), exhausted), breaker::verdict::none);
}

TEST(judge, knows_overload_and_unreachability) {
    EXPECT_TRUE(is_overloaded(result_of(transport_error::none, 429)));
    EXPECT_TRUE(is_overloaded(result_of(transport_error::none, 503)));
    EXPECT_TRUE(is_overloaded(result_of(transport_error::timeout)));
    EXPECT_FALSE(is_overloaded(result_of(transport_error::none, 500)));
    EXPECT_FALSE(is_overloaded(result_of(transport_error::connect)));
    EXPECT_TRUE(is_unreachable(result_of(transport_error::connect)));
    EXPECT_TRUE(is_unreachable(result_of(transport_error::blocked))) << "as a name without an address";
    EXPECT_FALSE(is_unreachable(result_of(transport_error::timeout)));
    EXPECT_FALSE(is_unreachable(result_of(transport_error::none, 500)));
}

class admission_test : public ::testing::Test {
 protected:
    admission::lesson fail(bool overloaded = false, wall_time at = wall_begin) {
        return end(breaker::verdict::failure, overloaded, at);
    }
    admission::lesson succeed() { return end(breaker::verdict::success, false, wall_begin); }
    admission::lesson end(breaker::verdict verdict, bool overloaded, wall_time at) {
        admission::ended_attempt ended;
        ended.ticket = policies_.begin(now_);
        ended.begun_at = now_;
        ended.verdict = verdict;
        ended.delivered = verdict == breaker::verdict::success;
        ended.overloaded = overloaded;
        now_ += 1ms;
        return policies_.end(ended, endpoint_.auto_disable, now_, at);
    }

    monotonic_time now_ = begin_of_time;
    endpoint endpoint_;
    admission policies_{endpoint_, now_};
};

TEST_F(admission_test, the_concurrency_bounds_what_is_sent_and_reserved) {
    EXPECT_EQ(policies_.room(0, 0, now_), 32U);
    EXPECT_EQ(policies_.room(20, 10, now_), 2U);
    EXPECT_EQ(policies_.room(20, 12, now_), 0U);
    EXPECT_FALSE(policies_.is_timed());
}

TEST_F(admission_test, overload_halves_the_room) {
    (void)fail(true);
    EXPECT_EQ(policies_.room(0, 0, now_), 16U);
}

TEST_F(admission_test, five_failures_open_the_circuit_and_room_comes_back_with_time) {
    for (int failure = 0; failure < 4; ++failure)
        EXPECT_EQ(fail().circuit, circuit_change::none);
    EXPECT_EQ(fail().circuit, circuit_change::opened);
    EXPECT_TRUE(policies_.is_timed());
    EXPECT_FALSE(policies_.may_begin(now_));
    EXPECT_EQ(policies_.room(0, 0, now_), 0U);
    ASSERT_EQ(policies_.next_room(0, now_), now_ + 30s);
    now_ += 30s;
    EXPECT_EQ(policies_.room(0, 0, now_), 1U);
    EXPECT_EQ(policies_.room(0, 1, now_), 0U);
    EXPECT_EQ(policies_.next_room(1, now_), std::nullopt);  // the probe that is reserved must end first
}

TEST_F(admission_test, a_circuit_survives_its_owner) {
    for (int failure = 0; failure < 5; ++failure)
        (void)fail();
    const std::string saved = policies_.save(now_, wall_begin);
    admission next(endpoint_, now_);
    next.restore(saved, now_, wall_begin + 10s);
    EXPECT_EQ(next.circuit(now_), breaker::circuit_state::open);
    EXPECT_EQ(next.next_room(0, now_), now_ + 20s);
    EXPECT_EQ(next.failing_since(), wall_begin);
}

TEST_F(admission_test, nothing_is_saved_of_an_endpoint_that_works) {
    (void)succeed();
    EXPECT_EQ(policies_.save(now_, wall_begin), "");
    (void)fail();
    EXPECT_NE(policies_.save(now_, wall_begin), "");
    (void)succeed();
    EXPECT_EQ(policies_.save(now_, wall_begin), "");
}

TEST_F(admission_test, nothing_but_failures_disables_in_the_end) {
    endpoint_.auto_disable.after = 1h;
    endpoint_.auto_disable.warn_after = 30min;
    EXPECT_EQ(fail().span, span_verdict::none);
    EXPECT_EQ(fail(false, wall_begin + 31min).span, span_verdict::warn);
    EXPECT_EQ(fail(false, wall_begin + 61min).span, span_verdict::disable);
    policies_.forgive();
    EXPECT_EQ(fail(false, wall_begin + 62min).span, span_verdict::none);
}

TEST_F(admission_test, what_was_under_way_when_it_was_forgiven_says_nothing_of_the_circuit) {
    endpoint_.circuit_breaker.failure_threshold = 1;
    policies_.configure(endpoint_, now_);
    admission::ended_attempt before;
    before.ticket = policies_.begin(now_);
    before.begun_at = now_;
    before.verdict = breaker::verdict::failure;
    policies_.forgive();
    EXPECT_EQ(policies_.end(before, endpoint_.auto_disable, now_, wall_begin).circuit, circuit_change::none);
    EXPECT_EQ(policies_.circuit(now_), breaker::circuit_state::closed);
}

TEST_F(admission_test, a_rate_bounds_the_room_and_tells_when_there_is_more) {
    endpoint_.rate_limit = rate_settings{2, 3};
    policies_.configure(endpoint_, now_);
    EXPECT_TRUE(policies_.is_timed());
    EXPECT_EQ(policies_.room(0, 0, now_), 0U);
    EXPECT_EQ(policies_.next_room(0, now_), now_ + 500ms);
    EXPECT_EQ(policies_.room(0, 1, now_ + 1s), 1U);
    EXPECT_EQ(policies_.next_room(2, now_ + 1s), now_ + 1500ms);
    EXPECT_EQ(policies_.room(0, 0, now_ + 10min), 3U);
    EXPECT_EQ(policies_.next_room(3, now_ + 10min), std::nullopt);
}

TEST_F(admission_test, an_unchanged_rate_keeps_its_tokens_and_a_changed_one_begins_empty) {
    endpoint_.rate_limit = rate_settings{1, 10};
    policies_.configure(endpoint_, now_);
    now_ += 5s;
    policies_.configure(endpoint_, now_);
    EXPECT_EQ(policies_.room(0, 0, now_), 5U);
    endpoint_.rate_limit->burst = 11;
    policies_.configure(endpoint_, now_);
    EXPECT_EQ(policies_.room(0, 0, now_), 0U);
}

}  // namespace
}  // namespace postrider::dispatch
