#include "store_story.h"

namespace postrider::queue {
namespace {

/// New events that go straight in flight, beside the script
/// (docs/decisions/0029-straight-in-flight-beside-the-script.md).
using store_straight = store_story;

TEST_F(store_straight, an_event_for_a_free_endpoint_is_stored_and_in_flight_in_one_call) {
    dispatch_.slots = 1;
    enqueue("e1", {"shop"});
    EXPECT_TRUE(answers_.empty()) << "nothing is answered before enqueue returns";
    until([this] { return !dispatch_.claimed.empty(); });
    EXPECT_EQ(answers_[0].second.status, enqueue_status::stored);
    EXPECT_EQ(answers_[0].second.deliveries, 1u);
    const delivery& given = dispatch_.claimed[0];
    EXPECT_EQ(given.queue_name, "default.shop");
    EXPECT_EQ(given.partition, partition_of("shop"));
    EXPECT_EQ(given.attempt, 1u);
    EXPECT_EQ(given.event->body, "body of e1");
    EXPECT_EQ(store_->held(), 1u);

    store_->complete(given, {});
    until([this] { return store_->held() == 0; });
    EXPECT_EQ(outside_->text("EXISTS", names_.event(given.partition, given.store_id)), "0");
    EXPECT_EQ(outside_->text("HGET", names_.counts(given.partition), "delivered"), "1");
}

TEST_F(store_straight, a_slot_that_was_not_used_is_given_back) {
    enqueue("e1", {"shop"});
    until([this] { return answers_.size() == 1; });
    dispatch_.slots = 1;
    enqueue("e2", {"shop"});
    until([this] { return answers_.size() == 2; });
    EXPECT_EQ(dispatch_.not_claimed, std::vector<std::string>{"default.shop"}) << "e1 waits before it";
    EXPECT_EQ(dispatch_.slots, 1);
}

TEST_F(store_straight, many_that_go_at_once_leave_nothing_but_themselves) {
    dispatch_.slots = 200;
    for (int number = 0; number < 100; ++number)
        enqueue("e" + std::to_string(number), {"shop"});
    until([this] { return dispatch_.claimed.size() == 100; });
    const std::uint32_t partition = partition_of("shop");
    for (const std::string& hash : {names_.states(partition), names_.inflight(partition)}) {
        EXPECT_EQ(outside_->text("HLEN", hash), "100") << hash;
        EXPECT_EQ(outside_->text("OBJECT", "ENCODING", hash), "hashtable") << hash;
    }
    EXPECT_EQ(outside_->text("HGET", names_.counts(partition), "accepted"), "100");
}

TEST_F(store_straight, what_follows_one_that_waits_in_its_call_waits_too) {
    dispatch_.refusals = 1;
    dispatch_.slots = 2;
    enqueue("e1", {"shop"});
    enqueue("e2", {"shop"});
    enqueue("e3", {"bank"});
    until([this] { return answers_.size() == 3; });
    ASSERT_EQ(dispatch_.claimed.size(), 1U);
    EXPECT_EQ(dispatch_.claimed[0].event->id, "e3");
    dispatch_.claimed.clear();
    wish("shop", 2);
    until([this] { return dispatch_.claimed.size() == 2; });
    EXPECT_EQ(dispatch_.claimed[0].event->id, "e1");
    EXPECT_EQ(dispatch_.claimed[1].event->id, "e2");
}

TEST_F(store_straight, no_slot_is_asked_for_in_a_partition_that_may_not_begin) {
    leases_.may_begin = false;
    dispatch_.slots = 1;
    enqueue("e1", {"shop"});
    until([this] { return answers_.size() == 1; });
    EXPECT_TRUE(dispatch_.not_claimed.empty());
    EXPECT_EQ(store_->held(), 0u);
}

TEST_F(store_straight, a_forgotten_script_is_sent_whole) {
    (*outside_)("SCRIPT", "FLUSH", "SYNC");
    dispatch_.slots = 1;
    enqueue("e1", {"shop"});
    until([this] { return !dispatch_.claimed.empty(); });
    store_->complete(dispatch_.claimed[0], {});
    until([this] { return store_->held() == 0; });
    EXPECT_EQ(answers_[0].second.status, enqueue_status::stored);
}

// What goes beside the script was executed then: only a new connection finds what nobody holds.
TEST_F(store_straight, a_forgotten_script_that_is_refused_as_a_whole_ends_the_connection) {
    const std::uint64_t before = client_->generation();
    (*outside_)("SCRIPT", "FLUSH", "SYNC");
    (*outside_)("ACL", "SETUSER", "default", "-eval");
    dispatch_.slots = 1;
    enqueue("e1", {"shop"});
    until([this] { return answers_.size() == 1; });
    EXPECT_EQ(answers_[0].second.status, enqueue_status::unavailable);
    EXPECT_EQ(dispatch_.slots, 1) << "the slot for it is free again";
    until([&] { return client_->connected() && client_->generation() > before; });
    (*outside_)("ACL", "SETUSER", "default", "+eval");
    const std::uint32_t partition = partition_of("shop");
    EXPECT_EQ(outside_->text("HLEN", names_.inflight(partition)), "1");
    EXPECT_EQ(outside_->text("HGET", names_.counts(partition), "accepted"), "1");
    run([](store& of, std::uint32_t number) -> boost::asio::awaitable<void> {
        EXPECT_TRUE(co_await of.recover(number));
    }(*store_, partition));
    store_->open_gate();
    wish("shop", 1);
    until([this] { return dispatch_.claimed.size() == 1; });
    EXPECT_EQ(dispatch_.claimed[0].event->id, "e1");
}

}  // namespace
}  // namespace postrider::queue
