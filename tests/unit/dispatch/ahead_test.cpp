#include "slots_story.h"

namespace postrider::dispatch {
namespace {

/// Beside the small slots of the story, some that nobody fills.
class ahead_test : public slots_test {
 protected:
    ahead_test() { roomy_.reopen(); }

    slots roomy_{slot_limits{.in_flight = 800,
                             .bytes = 1000,
                             .claim_at_once = 3,
                             .ahead = 20,
                             .slow_after = milliseconds(1000)},
                 clock_};
};

TEST_F(ahead_test, three_wait_ahead_for_each_that_may_be_sent_but_one) {
    for (const auto& [concurrency, ahead] : {std::pair(1U, 0U), {2U, 3U}, {4U, 9U}, {10U, 20U}}) {
        endpoint_queue& one = queue_in(roomy_, "t." + std::to_string(concurrency), concurrency);
        while (roomy_.reserve(one)) {
        }
        std::uint32_t reserved = 0;
        while (roomy_.reserve_ahead(one))
            ++reserved;
        EXPECT_EQ(reserved, ahead) << concurrency;
    }
}

TEST_F(ahead_test, a_backlog_is_claimed_ahead_as_well) {
    endpoint_queue& one = queue_in(roomy_, "t.one", 4);
    EXPECT_TRUE(roomy_.note_work(one));
    std::uint32_t claimed = 0;
    for (int calls = 0; calls < 5; ++calls) {
        std::vector<queue::dispatch_port::claim> claims;
        roomy_.collect(claims, 256, [](const endpoint_queue&) { return true; });
        for (const auto& claim : claims) {
            claimed += claim.count;
            (void)roomy_.end_claim(one, claim.count, claim.count, true);
        }
    }
    EXPECT_EQ(claimed, 13U) << "four to send, and nine that wait for one of them to end";
    EXPECT_FALSE(one.in_ring);
    one.slow = true;
    roomy_.give_back(one, 2);
    EXPECT_FALSE(one.in_ring) << "a slow one claims no more than it sends";
}

TEST_F(ahead_test,
       nothing_goes_ahead_of_a_backlog_nor_of_what_looks_at_the_time_nor_at_a_slow_or_held_endpoint) {
    auto& waiting = queue("t.waiting");
    slots_.note_work(waiting);
    EXPECT_FALSE(slots_.reserve_ahead(waiting));
    EXPECT_FALSE(slots_.reserve_ahead(limited("t.limited", 1, 1)));
    auto& slow = queue("t.slow");
    slow.slow = true;
    EXPECT_FALSE(slots_.reserve_ahead(slow));
    auto& held = queue("t.held");
    held.held = true;
    EXPECT_FALSE(slots_.reserve_ahead(held));
    EXPECT_TRUE(slots_.reserve_ahead(queue("t.well")));
}

TEST_F(ahead_test, nothing_goes_ahead_where_a_crash_would_take_the_only_attempt) {
    auto& one = queue("t.once");
    auto settings = std::make_shared<endpoint>(*one.endpoint);
    settings->retry.delays.clear();
    one.endpoint = settings;
    EXPECT_TRUE(slots_.reserve(one));
    EXPECT_FALSE(slots_.reserve_ahead(one));
}

TEST_F(ahead_test, nothing_goes_ahead_once_an_eighth_of_all_is_in_use) {
    auto& one = queue("t.one");
    ASSERT_TRUE(slots_.reserve(one));
    EXPECT_TRUE(slots_.reserve_ahead(queue("t.two")));
    EXPECT_FALSE(slots_.reserve_ahead(queue("t.three"))) << "2 of 20";
}

TEST_F(ahead_test, what_waits_ahead_keeps_its_order_and_its_bytes) {
    auto& one = queue("t.one", 2);
    auto body = std::make_shared<event>();
    body->body.assign(500, 'x');
    for (const std::uint32_t attempt : {1U, 2U}) {
        ASSERT_TRUE(slots_.reserve(one));
        queue::delivery claimed;
        claimed.event = body;
        claimed.attempt = attempt;
        slots_.wait_ahead(one, claimed);
    }
    EXPECT_FALSE(slots_.reserve(queue("t.other"))) << "the bodies fill what there is";
    EXPECT_EQ(slots_.take_ahead(one).attempt, 1U);
    EXPECT_EQ(slots_.take_ahead(one).attempt, 2U);
    EXPECT_TRUE(slots_.reserve(queue("t.other")));
}

TEST_F(ahead_test, an_endpoint_is_full_with_as_many_sends_as_its_concurrency) {
    auto& one = queue("t.one", 2);
    (void)slots_.begin_send(one, 1, at(0));
    EXPECT_FALSE(slots::is_full(one));
    (void)slots_.begin_send(one, 1, at(0));
    EXPECT_TRUE(slots::is_full(one));
}

}  // namespace
}  // namespace postrider::dispatch
