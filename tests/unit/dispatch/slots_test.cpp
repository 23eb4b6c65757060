#include <postrider/dispatch/slots.h>

#include <gtest/gtest.h>

namespace postrider::dispatch {
namespace {

using claim = queue::dispatch_port::claim;

class slots_test : public ::testing::Test {
 protected:
    slots_test() { slots_.reopen(); }

    endpoint_queue& queue(const std::string& name, std::uint32_t concurrency = 4) {
        endpoint_queue& queue = slots_.open(name, 7);
        auto settings = std::make_shared<endpoint>();
        settings->concurrency = concurrency;
        queue.endpoint = settings;
        return queue;
    }

    std::vector<claim> collect(std::size_t most = 256) {
        std::vector<claim> claims;
        slots_.collect(claims, most, [](const endpoint_queue&) { return true; });
        return claims;
    }

    static monotonic_time at(int milliseconds_from_start) {
        return monotonic_time{} + std::chrono::hours(1) + milliseconds(milliseconds_from_start);
    }

    slot_limits limits_{.in_flight = 20, .bytes = 1000, .claim_at_once = 3, .slow_after = milliseconds(1000)};
    slots slots_{limits_};
};

TEST_F(slots_test, reserves_up_to_the_concurrency_of_the_endpoint) {
    auto& one = queue("t.one", 2);
    EXPECT_TRUE(slots_.reserve(one));
    EXPECT_TRUE(slots_.reserve(one));
    EXPECT_FALSE(slots_.reserve(one));
    slots_.give_back(one, 1);
    EXPECT_TRUE(slots_.reserve(one));
}

TEST_F(slots_test, reserves_nothing_while_a_backlog_waits) {
    auto& one = queue("t.one");
    EXPECT_TRUE(slots_.note_work(one));
    EXPECT_FALSE(slots_.reserve(one));
}

TEST_F(slots_test, reserves_nothing_for_disabled_unknown_or_closed) {
    auto& disabled = queue("t.disabled");
    auto settings = std::make_shared<endpoint>();
    settings->enabled = false;
    disabled.endpoint = settings;
    EXPECT_FALSE(slots_.reserve(disabled));
    EXPECT_FALSE(slots_.reserve(slots_.open("t.unknown", 1)));
    auto& one = queue("t.one");
    slots_.close();
    EXPECT_FALSE(slots_.reserve(one));
}

TEST_F(slots_test, claims_in_turns_and_at_most_a_handful_each) {
    auto& first = queue("t.first", 8);
    auto& second = queue("t.second", 2);
    slots_.note_work(first);
    slots_.note_work(second);
    const auto claims = collect();
    ASSERT_EQ(claims.size(), 2U);
    EXPECT_EQ(claims[0].queue_name, "t.first");
    EXPECT_EQ(claims[0].count, 3U);  // claim_at_once, although there is room for eight
    EXPECT_EQ(claims[1].count, 2U);
    EXPECT_TRUE(collect().empty());  // one claim at a time for a queue
}

TEST_F(slots_test, a_claim_that_found_all_its_work_claims_again) {
    auto& one = queue("t.one", 8);
    slots_.note_work(one);
    ASSERT_EQ(collect().size(), 1U);
    EXPECT_TRUE(slots_.end_claim(one, 3, 3, true));
    EXPECT_EQ(collect().at(0).count, 3U);
    EXPECT_FALSE(slots_.end_claim(one, 3, 1, false));
    EXPECT_EQ(one.in_flight, 4U);
    EXPECT_FALSE(one.has_work);
    EXPECT_TRUE(slots_.reserve(one));
}

TEST_F(slots_test, work_that_arrives_during_a_claim_is_not_forgotten) {
    auto& one = queue("t.one");
    slots_.note_work(one);
    ASSERT_EQ(collect().size(), 1U);
    EXPECT_FALSE(slots_.note_work(one));
    EXPECT_TRUE(slots_.end_claim(one, 3, 0, false));
    EXPECT_EQ(collect().size(), 1U);
}

TEST_F(slots_test, past_half_of_all_slots_an_endpoint_gets_its_fair_share) {
    auto& greedy = queue("t.greedy", 100);
    while (slots_.reserve(greedy)) {
    }
    EXPECT_EQ(greedy.in_flight, 20U);  // alone: the whole
    slots_.give_back(greedy, 10);
    auto& other = queue("t.other", 100);
    while (slots_.reserve(other)) {
    }
    EXPECT_EQ(other.in_flight, 10U);
    slots_.give_back(greedy, 1);
    EXPECT_TRUE(slots_.reserve(greedy));
    slots_.give_back(other, 1);
    EXPECT_FALSE(slots_.reserve(greedy));  // its share of 20 is 10
}

TEST_F(slots_test, slow_endpoints_get_at_most_half_together) {
    auto& hanging = queue("t.hanging", 100);
    for (int i = 0; i < 12; ++i) {
        ASSERT_TRUE(slots_.reserve(hanging));
        (void)slots_.begin_send(hanging, 1, at(0));
    }
    (void)slots_.refresh(at(1001));
    EXPECT_TRUE(hanging.slow);
    EXPECT_FALSE(slots_.reserve(hanging));
    EXPECT_TRUE(slots_.reserve(queue("t.healthy")));
}

TEST_F(slots_test, what_a_common_bound_held_up_goes_on_when_a_slot_is_free) {
    auto& greedy = queue("t.greedy", 100);
    while (slots_.reserve(greedy)) {
    }
    auto& waiting = queue("t.waiting");
    slots_.note_work(waiting);
    EXPECT_TRUE(collect().empty());
    slots_.give_back(greedy, 5);
    ASSERT_EQ(collect().size(), 1U);
}

TEST_F(slots_test, bodies_in_flight_are_bounded) {
    auto& one = queue("t.one", 10);
    ASSERT_TRUE(slots_.reserve(one));
    const auto mark = slots_.begin_send(one, 1000, at(0));
    EXPECT_FALSE(slots_.reserve(one));
    (void)slots_.end_send(one, mark, 1000, at(5));
    EXPECT_TRUE(slots_.reserve(one));
}

TEST_F(slots_test, only_idle_queues_are_dropped) {
    auto& busy = queue("t.busy");
    ASSERT_TRUE(slots_.reserve(busy));
    auto& backlog = queue("t.backlog");
    slots_.note_work(backlog);
    queue("t.idle").last_used = at(0);
    EXPECT_EQ(slots_.drop_idle(at(1)), std::vector<std::string>{"t.idle"});
    EXPECT_EQ(slots_.find("t.idle"), nullptr);
    EXPECT_NE(slots_.find("t.busy"), nullptr);
}

TEST_F(slots_test, a_queue_that_may_not_claim_waits_for_the_next_word_of_its_work) {
    auto& one = queue("t.one");
    slots_.note_work(one);
    std::vector<claim> claims;
    slots_.collect(claims, 10, [](const endpoint_queue&) { return false; });
    EXPECT_TRUE(claims.empty());
    EXPECT_TRUE(slots_.note_work(one));
    EXPECT_EQ(collect().size(), 1U);
}

}  // namespace
}  // namespace postrider::dispatch
