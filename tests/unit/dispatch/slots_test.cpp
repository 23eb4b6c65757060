#include "slots_story.h"

namespace postrider::dispatch {
namespace {

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
    disabled.held = true;
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
    const auto claims = collect(6);
    ASSERT_EQ(claims.size(), 2U);
    EXPECT_EQ(claims[0].queue_name, "t.first");
    EXPECT_EQ(claims[0].count, 3U);  // claim_at_once, although there is room for eight
    EXPECT_EQ(claims[1].count, 2U);
    EXPECT_TRUE(collect().empty());  // one claim at a time for a queue
}

TEST_F(slots_test, where_few_have_work_they_share_the_room_of_a_call) {
    auto& first = queue("t.first", 8);
    slots_.note_work(first);
    EXPECT_EQ(collect(7).at(0).count, 7U);  // more than claim_at_once: nobody else waits
    EXPECT_FALSE(slots_.end_claim(first, 7, 0, false));
    auto& second = queue("t.second", 8);
    slots_.note_work(first);
    slots_.note_work(second);
    const auto claims = collect(10);
    ASSERT_EQ(claims.size(), 2U);
    EXPECT_EQ(claims[0].count, 5U);
    EXPECT_EQ(claims[1].count, 5U);
}

TEST_F(slots_test, a_claim_that_found_all_its_work_claims_again) {
    auto& one = queue("t.one", 8);
    slots_.note_work(one);
    ASSERT_EQ(collect(3).size(), 1U);
    EXPECT_TRUE(slots_.end_claim(one, 3, 3, true));
    EXPECT_EQ(collect(3).at(0).count, 3U);
    EXPECT_FALSE(slots_.end_claim(one, 3, 1, false));
    EXPECT_EQ(one.in_flight, 4U);
    EXPECT_FALSE(one.has_work);
    EXPECT_TRUE(slots_.reserve(one));
}

TEST_F(slots_test, work_that_arrives_during_a_claim_is_not_forgotten) {
    auto& one = queue("t.one");
    slots_.note_work(one);
    ASSERT_EQ(collect(3).size(), 1U);
    EXPECT_FALSE(slots_.note_work(one));
    EXPECT_TRUE(slots_.end_claim(one, 3, 0, false));
    EXPECT_EQ(collect().size(), 1U);
}

TEST_F(slots_test, past_half_of_all_slots_an_endpoint_gets_a_share_of_what_is_free) {
    auto& greedy = queue("t.greedy", 100);
    while (slots_.reserve(greedy)) {
    }
    EXPECT_EQ(greedy.in_flight, 10U);  // alone: half
    auto& other = queue("t.other", 100);
    EXPECT_TRUE(slots_.reserve(other));
    EXPECT_FALSE(slots_.reserve(other));  // an eighth of what is free is less than one
    slots_.give_back(greedy, 2);
    EXPECT_TRUE(slots_.reserve(other));  // below half again
}

TEST_F(slots_test, hundreds_of_endpoints_that_hang_leave_a_slot_for_the_next) {
    slots many({.in_flight = 4096, .bytes = 1 << 30, .claim_at_once = 64, .slow_after = milliseconds(1000)},
               clock_);
    many.reopen();
    auto settings = std::make_shared<endpoint>();
    const auto open = [&](int number) -> endpoint_queue& {
        auto& one = many.open("t." + std::to_string(number), 1);
        one.endpoint = settings;
        one.policies.emplace(*settings, clock_.monotonic_now());
        return one;
    };
    for (int number = 0; number < 500; ++number) {
        auto& hanging = open(number);
        ASSERT_TRUE(many.reserve(hanging)) << number;
        while (many.reserve(hanging)) {
        }
    }
    EXPECT_TRUE(many.reserve(open(500)));
}

/// Two hundred endpoints with a backlog: more than a call can serve well.
class crowd_test : public slots_test {
 protected:
    crowd_test() {
        crowd_.reopen();
        for (int number = 0; number < 200; ++number) {
            auto& one = crowd_.open("t." + std::to_string(number), 1);
            one.endpoint = settings_;
            one.policies.emplace(*settings_, clock_.monotonic_now());
            crowd_.note_work(one);
        }
    }

    std::vector<queue::dispatch_port::claim> call(std::size_t most) {
        std::vector<queue::dispatch_port::claim> claims;
        crowd_.collect(claims, most, [](const endpoint_queue&) { return true; });
        return claims;
    }

    /// All that was claimed is sent.
    void begin(const queue::dispatch_port::claim& claim) {
        auto& queue = *crowd_.find(claim.queue_name);
        crowd_.end_claim(queue, claim.count, claim.count, true);
        for (std::uint32_t sends = 0; sends < claim.count; ++sends)
            marks_[claim.queue_name].push_back(crowd_.begin_send(queue, 1, clock_.monotonic_now()));
    }
    void end_one(const std::string& name) {
        crowd_.end_send(*crowd_.find(name), marks_[name].back(), 1, clock_.monotonic_now());
        marks_[name].pop_back();
    }

    std::shared_ptr<endpoint> settings_ = std::make_shared<endpoint>();
    slots crowd_{{.in_flight = 4096, .bytes = 1 << 30, .claim_at_once = 8, .slow_after = milliseconds(1000)},
                 clock_};
    std::map<std::string, std::vector<slots::send_mark>> marks_;
};

TEST_F(crowd_test, each_sends_few_at_a_time_and_goes_on_over_the_connections_that_it_has) {
    const auto first = call(4);
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].count, 2U);
    for (const auto& claim : first)
        begin(claim);
    // Each end is followed by one more of the same endpoint, before others open connections.
    for (int sent = 2; sent < 8; ++sent) {
        end_one(first[0].queue_name);
        const auto next = call(1);
        ASSERT_EQ(next.size(), 1U);
        EXPECT_EQ(next[0].queue_name, first[0].queue_name) << sent;
        EXPECT_EQ(next[0].count, 1U);
        begin(next[0]);
    }
    end_one(first[0].queue_name);
    EXPECT_NE(call(2).at(0).queue_name, first[0].queue_name) << "its turn is over";
}

TEST_F(crowd_test, whose_sends_last_long_get_more_in_flight_with_each_turn) {
    for (std::uint32_t round = 1; round <= 3; ++round) {
        const auto claims = call(400);
        ASSERT_EQ(claims.size(), 200U);
        for (const auto& claim : claims)
            begin(claim);
        EXPECT_EQ(crowd_.find("t.0")->in_flight, 2 * round);
    }
}

TEST_F(slots_test, a_held_endpoint_claims_nothing_until_it_is_looked_at_again) {
    auto& one = queue("t.one");
    one.held = true;
    EXPECT_FALSE(slots_.note_work(one));
    EXPECT_FALSE(slots_.reserve(one));
    EXPECT_TRUE(collect().empty());
    one.held = false;
    EXPECT_TRUE(slots_.look_again(one));
    EXPECT_EQ(collect().size(), 1U);
}

TEST_F(slots_test, a_rate_wakes_its_endpoint_when_a_token_will_be_there) {
    auto& one = limited("t.one", 10, 2);
    EXPECT_FALSE(slots_.note_work(one));  // the bucket begins empty
    ASSERT_TRUE(slots_.next_wake());
    EXPECT_EQ(*slots_.next_wake(), clock_.monotonic_now() + milliseconds(100));
    EXPECT_FALSE(slots_.wake(clock_.monotonic_now()));
    clock_.passed = milliseconds(100);
    EXPECT_TRUE(slots_.wake(clock_.monotonic_now()));
    const auto claims = collect();
    ASSERT_EQ(claims.size(), 1U);
    EXPECT_EQ(claims[0].count, 1U);
}

TEST_F(slots_test, what_is_reserved_counts_against_the_rate) {
    auto& one = limited("t.one", 10, 5);
    clock_.passed = milliseconds(300);
    EXPECT_TRUE(slots_.reserve(one));
    EXPECT_TRUE(slots_.reserve(one));
    EXPECT_TRUE(slots_.reserve(one));
    EXPECT_FALSE(slots_.reserve(one));
    clock_.passed = milliseconds(400);
    EXPECT_TRUE(slots_.reserve(one));
}

TEST_F(slots_test, an_open_circuit_wakes_its_endpoint_for_one_probe) {
    auto& one = queue("t.one", 8);
    slots_.note_work(one);
    ASSERT_EQ(collect(3).size(), 1U);
    for (int failure = 0; failure < 5; ++failure) {
        admission::ended_attempt failed;
        failed.ticket = one.policies->begin(clock_.monotonic_now());
        failed.verdict = breaker::verdict::failure;
        (void)one.policies->end(failed, {}, clock_.monotonic_now(), {});
    }
    EXPECT_FALSE(slots_.end_claim(one, 3, 0, true));
    ASSERT_TRUE(slots_.next_wake());
    EXPECT_EQ(*slots_.next_wake(), clock_.monotonic_now() + std::chrono::seconds(30));
    clock_.passed = std::chrono::seconds(30);
    EXPECT_TRUE(slots_.wake(clock_.monotonic_now()));
    const auto claims = collect();
    ASSERT_EQ(claims.size(), 1U);
    EXPECT_EQ(claims[0].count, 1U);
}

TEST_F(slots_test, slow_endpoints_get_at_most_half_together) {
    auto& hanging = queue("t.hanging", 100);
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(slots_.reserve(hanging));
        (void)slots_.begin_send(hanging, 1, at(0));
    }
    (void)slots_.refresh(at(1001));
    EXPECT_TRUE(hanging.slow);
    EXPECT_FALSE(slots_.reserve(hanging));
    EXPECT_TRUE(slots_.reserve(queue("t.healthy")));
}

TEST_F(slots_test, what_a_common_bound_held_up_goes_on_when_a_slot_is_free) {
    auto& first = queue("t.first", 100);
    auto& second = queue("t.second", 100);
    const auto fill = [this](endpoint_queue& one) {
        while (slots_.reserve(one)) {
        }
    };
    fill(first);
    fill(second);
    EXPECT_EQ(first.in_flight + second.in_flight, 11U);
    slots_.note_work(second);
    EXPECT_TRUE(collect().empty());
    slots_.give_back(first, 5);
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

TEST_F(slots_test, a_queue_is_active_while_it_sends_and_once_more) {
    auto& one = queue("t.one");
    queue("t.idle");
    ASSERT_TRUE(slots_.reserve(one));
    const auto send = slots_.begin_send(one, 10, at(0));
    slots_.refresh(at(0));
    slots_.refresh(at(0));
    EXPECT_EQ(slots_.active(), std::vector{&one});
    slots_.end_send(one, send, 10, at(0));
    slots_.refresh(at(0));
    EXPECT_EQ(slots_.active(), std::vector{&one}) << "so that its end is seen";
    slots_.refresh(at(0));
    EXPECT_TRUE(slots_.active().empty());
}

TEST_F(slots_test, a_queue_that_is_dropped_is_not_active) {
    auto& one = queue("t.one");
    ASSERT_TRUE(slots_.reserve(one));
    const auto send = slots_.begin_send(one, 10, at(0));
    slots_.end_send(one, send, 10, at(0));
    ASSERT_EQ(slots_.drop_idle(at(1)).size(), 1U);
    EXPECT_TRUE(slots_.active().empty());
}

}  // namespace
}  // namespace postrider::dispatch
