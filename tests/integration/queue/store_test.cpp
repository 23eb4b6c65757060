#include "store_story.h"

#include <algorithm>

namespace postrider::queue {
namespace {

using store_test = store_story;
using ended_claim = told_dispatcher::ended_claim;
const std::string hash_a(16, 'a');
const std::string hash_b(16, 'b');

TEST_F(store_test, an_event_for_a_busy_endpoint_is_queued_and_claimed_later) {
    enqueue("e1", {"shop"});
    enqueue("e2", {"shop"});
    until([this] { return answers_.size() == 2; });
    EXPECT_EQ(dispatch_.ready, std::vector<std::string>{"default.shop"}) << "once: the step from empty";
    wish("shop", 1);
    until([this] { return dispatch_.ended.size() == 1; });
    wish("shop", 5);
    until([this] { return dispatch_.ended.size() == 2; });
    EXPECT_EQ(dispatch_.ended,
              (std::vector<ended_claim>{{"default.shop", 1, true}, {"default.shop", 1, false}}));
    ASSERT_EQ(dispatch_.claimed.size(), 2u);
    EXPECT_EQ(dispatch_.claimed[0].event->id, "e1");
    EXPECT_EQ(dispatch_.claimed[1].event->body, "body of e2");
    EXPECT_EQ(dispatch_.claimed[1].event->type, "test.event");
}

TEST_F(store_test, twins_in_one_turn_are_one_event) {
    dispatch_.slots = 9;
    enqueue("e1", {"shop", "bank"}, hash_a);
    enqueue("e1", {"shop", "bank"}, hash_a);
    enqueue("e1", {"shop"}, hash_b);
    until([this] { return answers_.size() == 3; });
    EXPECT_EQ(answers_[0].second.status, enqueue_status::stored);
    EXPECT_EQ(answers_[1].second.status, enqueue_status::duplicate);
    EXPECT_EQ(answers_[1].second.deliveries, 2u);
    EXPECT_EQ(answers_[2].second.status, enqueue_status::conflict);
    EXPECT_EQ(dispatch_.claimed.size(), 2u);
    EXPECT_EQ(dispatch_.not_claimed.size(), 3u);
    EXPECT_EQ(dispatch_.slots, 7);
}

TEST_F(store_test, what_comes_in_one_turn_goes_in_few_calls) {
    (*outside_)("CONFIG", "RESETSTAT");
    dispatch_.slots = 1000;
    for (int number = 0; number < 600; ++number)
        enqueue("e" + std::to_string(number), {"shop" + std::to_string(number % 7)});
    until([this] { return answers_.size() == 600; });
    for (const delivery& given : dispatch_.claimed)
        store_->complete(given, {});
    until([this] { return store_->held() == 0; });
    const std::string stats = outside_->text("INFO", "commandstats");
    const auto at = stats.find("cmdstat_evalsha:calls=");
    ASSERT_NE(at, std::string::npos);
    EXPECT_LE(std::stoi(stats.substr(at + 22)), 12)
        << "a few small calls, so that Redis has work at once; then "
           "600 events and completions, 256 a call";
}

TEST_F(store_test, few_gather_company_while_redis_has_plenty_to_do) {
    (*outside_)("CONFIG", "RESETSTAT");
    dispatch_.slots = 1000;
    for (int number = 0; number < 52; ++number)
        enqueue("e" + std::to_string(number), {"shop"});
    until([this] { return answers_.size() == 52; });
    const std::string stats = outside_->text("INFO", "commandstats");
    EXPECT_NE(stats.find("cmdstat_mset:calls=2,"), std::string::npos)
        << "32 at once, and 20 when those were answered; " << stats;
}

/// Settles one, which goes at once, and sets the clock back behind it: the others have an hour to gather.
class gathering_story : public store_story {
 protected:
    void claim(int count) {
        dispatch_.slots = count;
        for (int number = 0; number < count; ++number)
            enqueue("e" + std::to_string(number), {"shop"});
        until([&] { return dispatch_.claimed.size() == static_cast<std::size_t>(count); });
        store_->complete(dispatch_.claimed[0], {});
        until([&] { return store_->held() == dispatch_.claimed.size() - 1; });
        give_an_hour();
    }
    /// After each round anew: what gathers waits for a time counted from the last one.
    void give_an_hour() { clock_.shift -= std::chrono::hours(1); }
    void complete(std::size_t first, std::size_t past) {
        for (std::size_t at = first; at < past; ++at)
            store_->complete(dispatch_.claimed[at], {});
    }
    /// Whatever would have gone by itself has been answered then.
    void pass_a_round() {
        enqueue("another", {"other"});
        until([answered = answers_.size(), this] { return answers_.size() > answered; });
    }
};

TEST_F(gathering_story, completions_wait_for_company_until_somebody_waits_for_one) {
    claim(4);
    complete(1, 3);
    pass_a_round();
    EXPECT_EQ(store_->held(), 3u);
    delivery ordered = dispatch_.claimed[3];
    auto keyed = std::make_shared<event>(*ordered.event);
    keyed->key = "customer";
    ordered.event = keyed;
    store_->complete(ordered, {});
    until([this] { return store_->held() == 0; });
}

TEST_F(gathering_story, what_is_much_waits_for_nobody) {
    claim(129);
    complete(1, 128);
    pass_a_round();
    EXPECT_EQ(store_->held(), 128u);
    complete(128, 129);
    until([this] { return store_->held() == 0; });
}

TEST_F(gathering_story, what_is_no_completion_and_the_end_wait_for_nobody) {
    claim(4);
    store_->hand_back(dispatch_.claimed[1]);
    until([this] { return store_->held() == 2; });
    give_an_hour();
    complete(2, 4);
    pass_a_round();
    EXPECT_EQ(store_->held(), 2u);
    run([](store& draining) -> boost::asio::awaitable<void> {
        (void)co_await draining.drain(milliseconds(60000));
    }(*store_));
    EXPECT_EQ(store_->held(), 0u);
}

TEST_F(store_test, completions_go_by_themselves_after_some_milliseconds) {
    dispatch_.slots = 3;
    for (const auto* id : {"e1", "e2", "e3"})
        enqueue(id, {"shop"});
    until([this] { return dispatch_.claimed.size() == 3; });
    store_->complete(dispatch_.claimed[0], {});
    until([this] { return store_->held() == 2; });
    store_->complete(dispatch_.claimed[1], {});
    store_->complete(dispatch_.claimed[2], {});
    until([this] { return store_->held() == 0; });
}

/// By its own timer: nobody looks every second here.
TEST_F(store_test, a_retry_comes_back_when_it_is_due) {
    dispatch_.slots = 1;
    enqueue("e1", {"shop"});
    until([this] { return !dispatch_.claimed.empty(); });
    const auto began = system_time().monotonic_now();
    store_->retry_later(dispatch_.claimed[0], milliseconds(60), {});
    until([this] { return !dispatch_.ready.empty(); });
    EXPECT_GE(system_time().monotonic_now() - began, milliseconds(59));
    EXPECT_EQ(store_->held(), 0u);
    wish("shop", 1);
    until([this] { return dispatch_.claimed.size() == 2; });
    EXPECT_EQ(dispatch_.claimed[1].attempt, 2u);
}

TEST_F(store_test, a_dead_one_is_recorded_and_counted_by_depths) {
    dispatch_.slots = 1;
    enqueue("e1", {"shop"});
    enqueue("e2", {"bank"});
    until([this] { return answers_.size() == 2; });
    dead_record record;
    record.reason = dead_reason::expired;
    record.attempts = 1;
    store_->bury(dispatch_.claimed[0], record, 0, {});
    until([this] { return store_->held() == 0; });
    const auto partition = partition_of("shop");
    EXPECT_EQ(
        outside_->text("GET", names_.dead_record(partition, "default.shop", dispatch_.claimed[0].store_id)),
        encode_dead_record(record));
    EXPECT_EQ(outside_->text("HGET", names_.counts(partition), "expired"), "1");

    std::vector<store::depth> depths;
    const auto ask = [this, &depths]() -> boost::asio::awaitable<void> {
        std::vector<std::string> queues;
        queues.emplace_back("default.shop");
        queues.emplace_back("default.bank");
        depths = co_await store_->depths(std::move(queues));
    };
    run(ask());
    ASSERT_EQ(depths.size(), 2u);
    EXPECT_EQ(depths[0].dead, 1u);
    EXPECT_EQ(depths[0].waiting, 0u);
    EXPECT_EQ(depths[0].oldest, wall_time());
    EXPECT_EQ(depths[1].waiting, 1u);
    EXPECT_GT(depths[1].oldest, wall_time());
}

TEST_F(store_test, what_is_handed_back_is_claimed_again_as_the_same_attempt) {
    dispatch_.slots = 1;
    enqueue("e1", {"shop"});
    until([this] { return !dispatch_.claimed.empty(); });
    store_->hand_back(dispatch_.claimed[0]);
    until([this] { return store_->held() == 0; });
    wish("shop", 1);
    until([this] { return dispatch_.claimed.size() == 2; });
    EXPECT_EQ(dispatch_.claimed[1].attempt, 1u);
}

TEST_F(store_test, out_of_memory_nothing_comes_in_and_what_is_in_goes_out) {
    dispatch_.slots = 2;
    enqueue("e1", {"shop"});
    until([this] { return !dispatch_.claimed.empty(); });
    (*outside_)("CONFIG", "SET", "maxmemory", "1");
    enqueue("e2", {"bank"});
    until([this] { return answers_.size() == 2; });
    EXPECT_EQ(answers_[1].second.status, enqueue_status::full);
    EXPECT_EQ(dispatch_.slots, 1) << "the slot for it is free again";
    store_->complete(dispatch_.claimed[0], {});
    until([this] { return store_->held() == 0; });
    (*outside_)("CONFIG", "SET", "maxmemory", "0");
    enqueue("e3", {"bank"});
    until([this] { return answers_.size() == 3; });
    EXPECT_EQ(answers_[2].second.status, enqueue_status::stored);
}

TEST_F(store_test, a_delivery_whose_event_cannot_be_read_dies_with_an_alarm) {
    enqueue("e1", {"shop"});
    enqueue("e2", {"shop"});
    until([this] { return answers_.size() == 2; });
    const auto partition = partition_of("shop");
    const std::string id = store_id("default", "e1");
    (*outside_)("SET", names_.event(partition, id), "garbage");
    wish("shop", 5);
    until([this] { return dispatch_.ended.size() == 1 && store_->held() == 1; });
    EXPECT_EQ(dispatch_.ended[0], (ended_claim{"default.shop", 1, false}));
    EXPECT_EQ(dispatch_.claimed[0].event->id, "e2");
    EXPECT_EQ(outside_->text("HGET", names_.states(partition), id), "default.shop d1");
    EXPECT_NE(metrics_.render().find("event_body"), std::string::npos);
}

TEST_F(store_test, a_stray_in_a_queue_is_counted_and_the_rest_goes_on) {
    enqueue("e1", {"shop"});
    until([this] { return answers_.size() == 1; });
    (*outside_)("LPUSH", names_.queue(partition_of("shop"), "default.shop"), "ghost");
    wish("shop", 5);
    until([this] { return dispatch_.ended.size() == 1; });
    EXPECT_EQ(dispatch_.claimed.size(), 1u);
    EXPECT_NE(metrics_.render().find("stray_in_queue"), std::string::npos);
}

TEST_F(store_test, a_fenced_settlement_is_dropped_and_reported) {
    dispatch_.slots = 1;
    enqueue("e1", {"shop"});
    until([this] { return !dispatch_.claimed.empty(); });
    leases_.when_fenced = [this](std::uint32_t partition) { store_->forget(partition); };
    (*outside_)("SET", names_.token(partition_of("shop")), "another");
    store_->complete(dispatch_.claimed[0], {});
    until([this] { return !leases_.fenced.empty(); });
    EXPECT_EQ(leases_.fenced[0], partition_of("shop"));
    EXPECT_EQ(store_->held(), 0u);
    EXPECT_EQ(outside_->text("HGET", names_.states(partition_of("shop")), store_id("default", "e1")),
              "default.shop f1");
}

TEST_F(store_test, claims_that_may_not_begin_end_with_the_next_look) {
    enqueue("e1", {"shop"});
    until([this] { return answers_.size() == 1; });
    leases_.may_begin = false;
    wish("shop", 1);
    enqueue("e2", {"bank"});
    until([this] { return answers_.size() == 2 && dispatch_.wishes.empty(); });
    EXPECT_TRUE(dispatch_.ended.empty());
    store_->promote_due();
    EXPECT_EQ(dispatch_.ended, (std::vector<ended_claim>{{"default.shop", 0, true}}));
}

TEST_F(store_test, behind_the_gate_all_wait) {
    dispatch_.slots = 1;
    enqueue("e1", {"shop"});
    until([this] { return !dispatch_.claimed.empty(); });
    store_->close_gate();
    store_->complete(dispatch_.claimed[0], {});
    enqueue("e2", {"shop"});
    bool asked = false;
    const auto ask = [this, &asked]() -> boost::asio::awaitable<void> {
        asked = co_await store_->drain(milliseconds(0));
    };
    run(ask());
    EXPECT_FALSE(asked);
    EXPECT_EQ(store_->held(), 1u);
    EXPECT_EQ(answers_.size(), 1u);
    store_->open_gate();
    const auto wait = [this, &asked]() -> boost::asio::awaitable<void> {
        asked = co_await store_->drain(milliseconds(60000));
    };
    run(wait());
    EXPECT_TRUE(asked);
    until([this] { return answers_.size() == 2; });
}

TEST_F(store_test, an_event_that_waited_too_long_is_not_stored_behind_its_clients_back) {
    store_->close_gate();
    enqueue("e1", {"shop"});
    clock_.shift += milliseconds(1001);
    enqueue("e2", {"shop"});
    store_->open_gate();
    until([this] { return answers_.size() == 2; });
    EXPECT_EQ(answers_[0].second.status, enqueue_status::unavailable);
    EXPECT_EQ(answers_[1].second.status, enqueue_status::stored);
    EXPECT_EQ(outside_->text("EXISTS", names_.event(partition_of("shop"), store_id("default", "e1"))), "0");
}

TEST_F(store_test, the_look_of_every_second_finds_queues_and_retries) {
    enqueue("e1", {"shop"});
    until([this] { return dispatch_.ready.size() == 1; });
    store_->promote_due();
    until([this] { return dispatch_.ready.size() == 2; });
    EXPECT_EQ(dispatch_.ready[1], "default.shop");
}

TEST_F(store_test, waiting_events_are_bounded) {
    store::settings few;
    few.max_waiting = 3;
    store_ = std::make_unique<store>(context_.get_executor(), *client_, names_, leases_, dispatch_, metrics_,
                                     clock_, few);
    for (int number = 0; number < 5; ++number)
        enqueue("e" + std::to_string(number), {"shop"});
    until([this] { return answers_.size() == 2; });
    EXPECT_EQ(answers_[0].first, "e3");
    EXPECT_EQ(answers_[0].second.status, enqueue_status::unavailable);
    store_->open_gate();
    until([this] { return answers_.size() == 5; });
    EXPECT_EQ(answers_[4].second.status, enqueue_status::stored);
}

}  // namespace
}  // namespace postrider::queue
