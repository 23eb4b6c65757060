#include "store_story.h"

namespace postrider::queue {
namespace {

/// What endpoints want of the store: an order, bounds, a history, and that their health is kept.
class store_endpoints : public store_story {
 protected:
    void SetUp() override {
        store_story::SetUp();
        queue_ = "default.shop";
        partition_ = partition_of("shop");
    }
    /// An endpoint "shop" that keeps the order of keys.
    static std::shared_ptr<endpoint> shop() {
        auto made = std::make_shared<endpoint>();
        made->id = "shop";
        made->ordering = ordering::key;
        return made;
    }
    void send(const std::string& id, const std::string& key, const endpoint_ptr& to) {
        new_event arrival = event_for(id, {});
        event keyed = *arrival.event;
        keyed.key = key;
        arrival.event = std::make_shared<const event>(std::move(keyed));
        arrival.endpoints.push_back(to);
        store_->enqueue(std::move(arrival),
                        [this, id](enqueue_answer answer) { answers_.emplace_back(id, answer); });
    }
    void put_in_flight(const std::string& id) {
        const std::size_t before = dispatch_.claimed.size();
        dispatch_.slots = 1;
        enqueue(id, {"shop"});
        until([&] { return dispatch_.claimed.size() > before; });
    }
    void complete_one(const std::string& id, std::uint64_t most = 100) {
        put_in_flight(id);
        store_->complete(dispatch_.claimed.back(), entry_for(dispatch_.claimed.back(), most));
        until([this] { return store_->held() == 0; });
    }
    history_entry entry_for(const delivery& given, std::uint64_t most = 100) {
        history_entry entry;
        entry.record.emplace();
        entry.record->event_id = given.event->id;
        entry.record->event_type = given.event->type;
        entry.record->attempt = given.attempt;
        entry.most = most;
        return entry;
    }
    std::vector<stored_attempt> history() {
        std::vector<stored_attempt> all;
        for (const auto& stored : outside_->texts("LRANGE", names_.history(partition_, queue_), "0", "-1"))
            all.push_back(decode_attempt(stored).value());
        return all;
    }
    void recover() {
        bool recovered = false;
        const auto ask = [this, &recovered]() -> boost::asio::awaitable<void> {
            recovered = co_await store_->recover(partition_);
        };
        run(ask());
        EXPECT_TRUE(recovered);
    }

    std::string queue_;
    std::uint32_t partition_ = 0;
};

TEST_F(store_endpoints, events_of_one_key_come_one_after_the_other) {
    dispatch_.slots = 9;
    for (const std::string id : {"a1", "a2", "a3"})
        send(id, "a", shop());
    send("b1", "b", shop());
    send("none", "", shop());
    until([this] { return answers_.size() == 5; });
    std::vector<std::string> given;
    for (const delivery& one : dispatch_.claimed)
        given.push_back(one.event->id);
    EXPECT_EQ(given, (std::vector<std::string>{"none", "a1", "b1"}))
        << "what has no key goes as a group, first";
    EXPECT_EQ(dispatch_.slots, 6) << "slots of what is parked are given back";
    EXPECT_TRUE(dispatch_.ready.empty());
    EXPECT_EQ(outside_->texts("LRANGE", names_.order(partition_, queue_, key_hash("a")), "0", "-1").size(),
              3u);

    store_->complete(dispatch_.claimed[1], {});
    until([this] { return !dispatch_.ready.empty(); });
    EXPECT_EQ(dispatch_.ready, std::vector<std::string>{queue_}) << "the next of the key is there";
    wish("shop", 8);
    until([this] { return dispatch_.claimed.size() == 4; });
    EXPECT_EQ(dispatch_.claimed[3].event->id, "a2");
    store_->bury(dispatch_.claimed[3], dead_record(), 0, {});
    until([this] { return dispatch_.ready.size() == 2; });
}

TEST_F(store_endpoints, without_ordering_a_key_means_nothing) {
    dispatch_.slots = 9;
    auto free = shop();
    free->ordering = ordering::none;
    send("a1", "a", free);
    send("a2", "a", free);
    until([this] { return answers_.size() == 2; });
    EXPECT_EQ(dispatch_.claimed.size(), 2u);
    EXPECT_EQ(outside_->text("HGET", names_.states(partition_), dispatch_.claimed[0].store_id),
              queue_ + " f1");
}

TEST_F(store_endpoints, a_full_queue_is_told_and_stored_all_the_same) {
    auto small = shop();
    small->limits.max_queued_events = 2;
    for (const std::string id : {"e1", "e2", "e3"})
        send(id, "", small);
    until([this] { return answers_.size() == 3; });
    EXPECT_EQ(answers_[2].second.status, enqueue_status::stored);
    EXPECT_EQ(answers_[2].second.deliveries, 1u);
    EXPECT_EQ(dispatch_.backlog_full, (std::vector<std::pair<std::string, std::string>>{{"shop", "e3"}}));
    EXPECT_EQ(outside_->text("HGET", names_.states(partition_), store_id("default", "e3")), queue_ + " d0");
}

TEST_F(store_endpoints, the_newest_of_too_many_dead_letters_stay) {
    for (const std::string id : {"e1", "e2", "e3"}) {
        put_in_flight(id);
        store_->bury(dispatch_.claimed.back(), dead_record(), 2, {});
        until([this] { return store_->held() == 0; });
    }
    EXPECT_EQ(outside_->text("ZCARD", names_.dead(partition_, queue_)), "2");
    EXPECT_EQ(outside_->text("HGET", names_.counts(partition_), "dead_dropped"), "1");
}

TEST_F(store_endpoints, a_delivery_counts_its_age_from_acceptance_or_its_replay) {
    dispatch_.slots = 1;
    enqueue("e1", {"shop"});
    until([this] { return dispatch_.claimed.size() == 1; });
    EXPECT_EQ(dispatch_.claimed[0].since, dispatch_.claimed[0].event->accepted_at);
    const std::string states = names_.states(partition_);
    store_->hand_back(dispatch_.claimed[0]);
    until([this] { return store_->held() == 0; });
    wish("shop", 1);
    until([this] { return dispatch_.claimed.size() == 2; });
    EXPECT_EQ(dispatch_.claimed[1].since, dispatch_.claimed[1].event->accepted_at);
    store_->hand_back(dispatch_.claimed[1]);
    until([this] { return store_->held() == 0; });
    (*outside_)("HSET", states, dispatch_.claimed[0].store_id, queue_ + " q0@1234567890123");
    wish("shop", 1);
    until([this] { return dispatch_.claimed.size() == 3; });
    EXPECT_EQ(dispatch_.claimed[2].since, wall_time(milliseconds(1234567890123)));
    EXPECT_EQ(dispatch_.claimed[2].store_id, dispatch_.claimed[0].store_id);
    store_->complete(dispatch_.claimed[2], {});
    until([this] { return store_->held() == 0; });
    EXPECT_EQ(outside_->text("EXISTS", states), "0");
}

TEST_F(store_endpoints, every_end_of_an_attempt_is_remembered) {
    put_in_flight("e1");
    store_->retry_later(dispatch_.claimed[0], milliseconds(0), entry_for(dispatch_.claimed[0]));
    until([this] { return !dispatch_.ready.empty(); });
    wish("shop", 1);
    until([this] { return dispatch_.claimed.size() == 2; });
    store_->complete(dispatch_.claimed[1], entry_for(dispatch_.claimed[1]));
    until([this] { return store_->held() == 0; });
    put_in_flight("e2");
    store_->bury(dispatch_.claimed[2], dead_record(), 0, entry_for(dispatch_.claimed[2]));
    until([this] { return store_->held() == 0; });
    put_in_flight("e3");
    store_->complete(dispatch_.claimed[3], entry_for(dispatch_.claimed[3], 0));
    until([this] { return store_->held() == 0; });
    const auto all = history();
    ASSERT_EQ(all.size(), 3u) << "and none where none may stay";
    EXPECT_EQ(all[0].record.event_id, "e2");
    EXPECT_EQ(all[1].record.attempt, 2u);
    EXPECT_EQ(all[2].record.attempt, 1u);
    EXPECT_EQ(all[2].store_id, store_id("default", "e1"));
}

TEST_F(store_endpoints, records_carry_redis_time_and_grow) {
    const auto redis_us = [this] {
        const auto time = outside_->texts("TIME");
        return std::stoull(time[0]) * 1'000'000 + std::stoull(time[1]);
    };
    const auto before = redis_us();
    clock_.shift = std::chrono::hours(24);  // of the machine's clock; Redis was asked, and not read yet
    for (const std::string id : {"e1", "e2", "e3"}) {
        put_in_flight(id);
        store_->complete(dispatch_.claimed.back(), entry_for(dispatch_.claimed.back()));
        until([this] { return store_->held() == 0; });
    }
    const auto all = history();
    ASSERT_EQ(all.size(), 3u);
    EXPECT_GE(all[2].stamp, before);
    EXPECT_GT(all[1].stamp, all[2].stamp);
    EXPECT_GT(all[0].stamp, all[1].stamp);
    EXPECT_LE(all[0].stamp, redis_us());
}

TEST_F(store_endpoints, a_history_that_went_begins_anew_and_is_named) {
    for (const std::string id : {"e1", "e2"})
        complete_one(id);
    (*outside_)("DEL", names_.history(partition_, queue_), names_.names(partition_));
    complete_one("e3");
    until([this] { return history().size() == 1; });
    EXPECT_EQ(history()[0].record.event_id, "e3");
    EXPECT_EQ(outside_->texts("SMEMBERS", names_.names(partition_)), std::vector<std::string>{queue_});
    complete_one("e4");
    EXPECT_EQ(history().size(), 2u);
}

TEST_F(store_endpoints, records_of_several_attempts_in_one_call_are_in_order) {
    complete_one("e0");
    for (const std::string id : {"e1", "e2"})
        put_in_flight(id);
    for (const std::size_t at : {1U, 2U})
        store_->retry_later(dispatch_.claimed[at], milliseconds(0), entry_for(dispatch_.claimed[at]));
    until([this] { return !dispatch_.ready.empty(); });
    wish("shop", 2);
    until([this] { return dispatch_.claimed.size() == 5; });
    for (const std::string id : {"e3", "e4"})
        put_in_flight(id);
    ASSERT_EQ(dispatch_.claimed.size(), 7u);
    for (const std::size_t at : {5U, 3U, 6U, 4U})
        store_->complete(dispatch_.claimed[at], entry_for(dispatch_.claimed[at]));
    until([this] { return store_->held() == 0; });
    const auto all = history();
    ASSERT_EQ(all.size(), 7u);
    for (std::size_t place = 1; place < all.size(); ++place)
        EXPECT_GT(all[place - 1].stamp, all[place].stamp) << place;
}

TEST_F(store_endpoints, each_completion_of_a_call_gets_its_own_answer) {
    // Of three endpoints the first has a history, the second has none and gets none, and the third's begins.
    const auto endpoint_of = [](int number) { return "e" + std::to_string(number); };
    const auto enter = [&](const std::string& id, int number) {
        dispatch_.slots = 1;
        const std::size_t before = dispatch_.claimed.size();
        enqueue(id, {endpoint_of(number)});
        until([&] { return dispatch_.claimed.size() > before; });
        return dispatch_.claimed.back();
    };
    constexpr int endpoints = 24;
    std::map<std::string, std::set<std::string>> expected;
    for (int number = 0; number < endpoints; number += 3) {
        const delivery given = enter("first" + std::to_string(number), number);
        store_->complete(given, entry_for(given));
        expected[given.queue_name].insert(given.event->id);
    }
    until([this] { return store_->held() == 0; });

    const std::uint32_t lost = partition_of(endpoint_of(0));
    std::vector<std::pair<delivery, int>> flying;
    for (int number = 0; number < 2 * endpoints; ++number)
        flying.emplace_back(enter("then" + std::to_string(number), number % endpoints), number);
    (*outside_)("SET", names_.token(lost), "another");
    for (const auto& [given, number] : flying) {  // some histories went meanwhile
        if (number % 9 != 0) continue;
        (*outside_)("DEL", names_.history(given.partition, given.queue_name));
        expected.erase(given.queue_name);
    }
    const auto is_stale = [](int number) { return number % 5 == 0; };
    for (const auto& [given, number] : flying) {
        if (is_stale(number))
            (*outside_)("HSET", names_.states(given.partition), given.store_id, given.queue_name + " f2");
        store_->complete(given, number % 3 == 1 ? history_entry() : entry_for(given));
        const bool ends = !is_stale(number) && given.partition != lost;
        if (ends && number % 3 != 1) expected[given.queue_name].insert(given.event->id);
    }
    leases_.when_fenced = [this](std::uint32_t partition) { store_->forget(partition); };
    until([this] { return store_->held() == 0; });
    EXPECT_EQ(std::set<std::uint32_t>(leases_.fenced.begin(), leases_.fenced.end()), std::set{lost});
    std::map<std::string, std::set<std::string>> found;
    for (const auto& [given, number] : flying) {
        const bool stays = is_stale(number) || given.partition == lost;
        EXPECT_EQ(outside_->text("HEXISTS", names_.states(given.partition), given.store_id),
                  stays ? "1" : "0")
            << number;
        for (const auto& stored :
             outside_->texts("LRANGE", names_.history(given.partition, given.queue_name), "0", "-1"))
            found[given.queue_name].insert(decode_attempt(stored).value().record.event_id);
    }
    EXPECT_EQ(found, expected);
}

TEST_F(store_endpoints, a_history_is_cut_as_it_grows) {
    for (int number = 1; number <= 40; ++number)
        complete_one("e" + std::to_string(number), 10);
    const auto all = history();
    EXPECT_GE(all.size(), 10u);
    EXPECT_LE(all.size(), 19u) << "one more than the little by which it may be longer";
    EXPECT_EQ(all[0].record.event_id, "e40");
}

TEST_F(store_endpoints, what_a_lost_answer_told_is_remembered_once) {
    complete_one("e1");
    put_in_flight("e2");
    put_in_flight("e3");
    client_->call(redis::command("CLIENT", "REPLY", "OFF"), client_->generation(), [](const auto&) {});
    store_->complete(dispatch_.claimed[1], entry_for(dispatch_.claimed[1]));
    store_->complete(dispatch_.claimed[2], entry_for(dispatch_.claimed[2]));
    until([this] { return outside_->text("EXISTS", names_.states(partition_)) == "0"; });
    (*outside_)("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    until([this] { return client_->generation() == 2 && client_->connected(); });
    store_->open_gate();
    until([this] { return store_->held() == 0; });
    EXPECT_EQ(history().size(), 3u);
}

TEST_F(store_endpoints, what_went_beside_a_forgotten_script_is_remembered_once) {
    complete_one("e1");
    put_in_flight("e2");
    (*outside_)("SCRIPT", "FLUSH", "SYNC");
    (*outside_)("ACL", "SETUSER", "default", "-eval");
    store_->complete(dispatch_.claimed[1], entry_for(dispatch_.claimed[1]));
    until([this] { return client_->generation() == 2 && client_->connected(); });
    (*outside_)("ACL", "SETUSER", "default", "+eval");
    EXPECT_EQ(history().size(), 2u) << "pushed, and nothing has ended";
    store_->open_gate();
    until([this] { return store_->held() == 0; });
    EXPECT_EQ(history().size(), 2u);
}

TEST_F(store_endpoints, a_full_redis_still_takes_completions_and_remembers_them) {
    complete_one("e1");
    for (const std::string id : {"e2", "e3"})
        put_in_flight(id);
    (*outside_)("CONFIG", "SET", "maxmemory", "1");
    store_->complete(dispatch_.claimed[1], entry_for(dispatch_.claimed[1]));
    until([this] { return store_->held() == 1; });
    store_->complete(dispatch_.claimed[2], entry_for(dispatch_.claimed[2]));
    until([this] { return store_->held() == 0; });
    (*outside_)("CONFIG", "SET", "maxmemory", "0");
    EXPECT_EQ(history().size(), 3u);
    EXPECT_EQ(outside_->text("EXISTS", names_.states(partition_)), "0");
}

TEST_F(store_endpoints, a_test_is_remembered_without_a_delivery) {
    put_in_flight("e1");
    auto entry = entry_for(dispatch_.claimed[0]);
    entry.record->is_test = true;
    EXPECT_TRUE(store_->note_test(partition_, queue_, store_id("default", "test"), entry));
    until([this] { return history().size() == 1; });
    EXPECT_TRUE(history()[0].record.is_test);
    EXPECT_FALSE(store_->note_test(partition_, queue_, store_id("default", "test"), {}));
    leases_.ours = false;
    store_->close_gate();
    EXPECT_TRUE(store_->note_test(partition_, queue_, store_id("default", "test"), entry));
    until([this] { return history().size() == 2; });
    run(client_->stop());
    EXPECT_FALSE(store_->note_test(partition_, queue_, store_id("default", "test"), entry));
}

TEST_F(store_endpoints, health_is_kept_the_last_of_each) {
    store_->close_gate();
    store_->save_health(partition_, queue_, "closed");
    store_->save_health(partition_, queue_, "open");
    store_->open_gate();
    until([this] { return outside_->text("HGET", names_.health(partition_), queue_) == "open"; });
    store_->save_health(partition_, queue_, "");
    until([this] { return outside_->text("EXISTS", names_.health(partition_)) == "0"; });
}

TEST_F(store_endpoints, health_is_saved_again_until_redis_answers) {
    (*outside_)("CONFIG", "SET", "min-replicas-to-write", "1");  // NOREPLICAS: refused as a whole
    store_->save_health(partition_, queue_, "open");
    until([this] { return metrics_.render().find("save_health") != std::string::npos; });
    store_->save_health(partition_, queue_, "shut");
    (*outside_)("CONFIG", "SET", "min-replicas-to-write", "0");
    until([this] { return outside_->text("HGET", names_.health(partition_), queue_) == "shut"; });
    bool drained = false;
    const auto wait = [this, &drained]() -> boost::asio::awaitable<void> {
        drained = co_await store_->drain(milliseconds(60000));
    };
    run(wait());
    EXPECT_TRUE(drained);
}

TEST_F(store_endpoints, a_new_owner_is_told_once_what_was_saved) {
    (*outside_)("HSET", names_.health(partition_), queue_, "open");
    recover();
    EXPECT_EQ(dispatch_.health[partition_],
              (std::vector<std::pair<std::string, std::string>>{{queue_, "open"}}));
    dispatch_.health.clear();
    recover();
    EXPECT_TRUE(dispatch_.health.empty()) << "what it knows itself by now is newer";
    store_->forget(partition_);
    recover();
    EXPECT_EQ(dispatch_.health.size(), 1u) << "the partition was lost, and won again";
}

TEST_F(store_endpoints, health_that_cannot_be_read_holds_up_nothing) {
    (*outside_)("SET", names_.health(partition_), "not a hash");
    recover();
    EXPECT_TRUE(dispatch_.health[partition_].empty());
    EXPECT_NE(metrics_.render().find("health"), std::string::npos);
    store_->save_health(partition_, queue_, "open");
    until([this] { return metrics_.render().find("settle") != std::string::npos; });
}

}  // namespace
}  // namespace postrider::queue
