#include "store_story.h"

namespace postrider::queue {
namespace {

/// One daemon's queue: its own connection, clock, leases and store, on the story's executor.
struct member {
    shifted_clock clock;
    system_random random;
    told_dispatcher dispatch;
    std::unique_ptr<redis::client> client;
    std::unique_ptr<queue::ownership> ownership;
    std::unique_ptr<queue::store> store;
};

class ownership_story : public queue_story {
 protected:
    void TearDown() override {
        for (auto& made : members_)
            end(*made);
        context_.restart();
        context_.run();  // and nothing is left behind
    }

    /// A lease of a minute, unless one has to run out: nothing is lost to a pause of the machine.
    member& add(milliseconds lease = milliseconds(60000), bool exclusive = false,
                const testing::redis_server* where = nullptr) {
        auto made = std::make_unique<member>();
        made->client = connect(where ? *where : server());
        ownership::settings settings;
        settings.partitions = {0, 1, 2, 3};
        settings.lease = lease;
        settings.exclusive = exclusive;
        made->ownership = std::make_unique<ownership>(context_.get_executor(), *made->client, names_,
                                                      made->random, metrics_, made->clock, settings);
        made->store =
            std::make_unique<store>(context_.get_executor(), *made->client, names_, *made->ownership,
                                    made->dispatch, metrics_, made->clock, store::settings());
        made->dispatch.claims_from = made->store.get();
        made->ownership->attach(*made->store, made->dispatch);
        made->ownership->start();
        members_.push_back(std::move(made));
        return *members_.back();
    }
    void end(member& member) {
        if (!member.client) return;
        run(member.ownership->stop());
        disconnect(member.client);
        member.store.reset();
        member.ownership.reset();
    }
    /// As kill -9: nothing is released.
    void kill(member& member) {
        run(member.client->stop());
        run(member.ownership->stop());
        member.client.reset();
        member.store.reset();
        member.ownership.reset();
    }
    bool owns_all(member& member) {
        for (std::uint32_t partition = 0; partition < 4; ++partition)
            if (member.ownership->token(partition).empty()) return false;
        return true;
    }
    delivery put_in_flight(member& member, const std::string& id) {
        member.dispatch.slots = 1;
        std::optional<enqueue_answer> answer;
        const std::size_t before = member.dispatch.claimed.size();
        member.store->enqueue(event_for(id, {"shop"}), into(answer));
        until([&] { return member.dispatch.claimed.size() > before; });
        return member.dispatch.claimed.back();
    }
    std::string owner_token(std::uint32_t partition) { return look().text("GET", names_.token(partition)); }

    std::vector<std::unique_ptr<member>> members_;
};

TEST_F(ownership_story, takes_what_is_free_and_lets_work_through) {
    member& first = add();
    until([&] { return owns_all(first); });
    EXPECT_EQ(first.ownership->owned(), 4u);
    EXPECT_EQ(owner_token(2), first.ownership->token(2));
    EXPECT_NE(first.ownership->token(1), first.ownership->token(2));
    const delivery given = put_in_flight(first, "e1");
    first.store->complete(given, {});
    until([&] { return first.store->held() == 0; });
}

TEST_F(ownership_story, a_release_hands_over_at_once) {
    member& first = add(milliseconds(100));
    until([&] { return owns_all(first); });
    constexpr milliseconds lease(500);
    member& second = add(lease);
    // More than a lease of the second one: the first renews, so it stays the owner.
    const auto beat = look().text("GET", names_.beat(0));
    until([&, began = clock_.monotonic_now()] {
        return clock_.monotonic_now() > began + lease + lease / 2 &&
               std::stoi(look().text("GET", names_.beat(0))) > std::stoi(beat) + 3;
    });
    EXPECT_EQ(second.ownership->owned(), 0u);
    end(first);
    until([&] { return owns_all(second); });
}

TEST_F(ownership_story, a_dead_owner_is_replaced_after_a_lease_and_its_work_goes_on) {
    member& first = add();
    until([&] { return owns_all(first); });
    put_in_flight(first, "e1");
    kill(first);
    member& second = add(milliseconds(300));
    until([&] { return owns_all(second); });
    until([&] { return !second.dispatch.ready.empty(); });
    EXPECT_EQ(second.dispatch.ready[0], "default.shop");
    dispatch_port::claim claim;
    claim.partition = names_.partition_of("default.shop");
    claim.queue_name = "default.shop";
    claim.count = 1;
    second.dispatch.wishes.push_back(claim);
    second.store->want_claims();
    until([&] { return !second.dispatch.claimed.empty(); });
    EXPECT_EQ(second.dispatch.claimed[0].attempt, 2u) << "the attempt that died is counted";
}

TEST_F(ownership_story, health_and_order_outlive_their_owner) {
    member& first = add();
    until([&] { return owns_all(first); });
    const std::uint32_t partition = names_.partition_of("default.shop");
    EXPECT_TRUE(first.dispatch.health[partition].empty());
    auto keyed = [](const std::string& id) {
        new_event arrival = event_for(id, {});
        event made = *arrival.event;
        made.key = "customer";
        arrival.event = std::make_shared<const event>(std::move(made));
        auto shop = std::make_shared<endpoint>();
        shop->id = "shop";
        shop->ordering = ordering::key;
        arrival.endpoints.push_back(std::move(shop));
        return arrival;
    };
    first.dispatch.slots = 2;
    int stored = 0;
    for (const std::string id : {"e1", "e2"})
        first.store->enqueue(keyed(id), [&stored](const enqueue_answer&) { ++stored; });
    first.store->save_health(partition, "default.shop", "open");
    until([&] { return stored == 2 && look().text("EXISTS", names_.health(partition)) == "1"; });
    ASSERT_EQ(first.dispatch.claimed.size(), 1u);
    kill(first);

    member& second = add(milliseconds(300));
    bool told_before_work = false;
    second.dispatch.claims_all_ready = true;
    second.dispatch.slots = 8;
    std::vector<std::string> given;
    second.dispatch.on_delivery = [&](delivery delivery) {
        told_before_work = told_before_work || (given.empty() && !second.dispatch.health[partition].empty());
        given.push_back(delivery.event->id + ' ' + std::to_string(delivery.attempt));
        second.store->complete(delivery, {});
        second.dispatch.free_slot();
    };
    until([&] { return given.size() == 2; });
    EXPECT_EQ(given, (std::vector<std::string>{"e1 2", "e2 1"}));
    EXPECT_TRUE(told_before_work);
    EXPECT_EQ(second.dispatch.health[partition],
              (std::vector<std::pair<std::string, std::string>>{{"default.shop", "open"}}));
    until([&] { return second.store->held() == 0; });
    EXPECT_EQ(look().texts("KEYS", "*key*").size(), 0u);
}

TEST_F(ownership_story, a_predecessor_that_is_known_to_be_dead_is_not_waited_for) {
    member& first = add();
    until([&] { return owns_all(first); });
    kill(first);
    member& second = add(milliseconds(600000), true);
    until([&] { return owns_all(second); });
}

TEST_F(ownership_story, an_owner_that_was_replaced_is_fenced_and_told) {
    member& first = add();
    until([&] { return owns_all(first); });
    const delivery given = put_in_flight(first, "e1");
    look()("SET", names_.token(given.partition), "usurper");
    first.store->complete(given, {});
    until([&] { return !first.dispatch.lost.empty(); });
    EXPECT_EQ(first.dispatch.lost, std::vector<std::uint32_t>{given.partition});
    EXPECT_EQ(first.ownership->owned(), 3u);
    EXPECT_EQ(first.ownership->settle_token(given.partition), "");
    EXPECT_EQ(first.store->held(), 0u);
    EXPECT_EQ(look().text("HGET", names_.states(given.partition), given.store_id), "default.shop f1");
}

TEST_F(ownership_story, past_its_deadline_nothing_begins_and_settling_goes_on) {
    member& first = add();
    until([&] { return owns_all(first); });
    const delivery given = put_in_flight(first, "e1");
    first.clock.shift += milliseconds(36000);
    EXPECT_EQ(first.ownership->token(given.partition), "");
    EXPECT_NE(first.ownership->settle_token(given.partition), "");
    first.store->complete(given, {});
    until([&] { return first.store->held() == 0; });
    EXPECT_EQ(look().text("HEXISTS", names_.states(given.partition), given.store_id), "0");
    EXPECT_TRUE(first.dispatch.lost.empty());
}

TEST_F(ownership_story, a_lost_connection_is_reconciled_and_what_is_held_stays) {
    member& first = add();
    until([&] { return owns_all(first); });
    const delivery given = put_in_flight(first, "e1");
    const std::string token(first.ownership->token(given.partition));
    {
        redis_link outside = look();
        outside("HSET", names_.inflight(given.partition), "default.shop|nobody", "1:" + token);
        outside("HSET", names_.states(given.partition), "nobody", "default.shop f1");
        outside("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    }
    until([&] { return !first.dispatch.ready.empty() && owns_all(first); });
    EXPECT_EQ(first.client->generation(), 2u);
    EXPECT_EQ(first.ownership->token(given.partition), token) << "the same server: the same token";
    redis_link outside = look();
    EXPECT_EQ(outside.text("HGET", names_.states(given.partition), "nobody"), "default.shop q1!1");
    EXPECT_EQ(outside.text("HGET", names_.states(given.partition), given.store_id), "default.shop f1");
    first.store->complete(given, {});
    until([&] { return first.store->held() == 0; });
    EXPECT_EQ(outside.text("HEXISTS", names_.states(given.partition), given.store_id), "0");
}

TEST_F(ownership_story, a_silent_redis_holds_up_a_stop_for_seconds_at_most) {
    testing::redis_server own;
    member& first = add(milliseconds(60000), false, &own);
    until([&] { return owns_all(first); });
    own.pause();
    run(first.ownership->stop());  // within its minute: the connection itself would wait for an hour
    EXPECT_TRUE(first.client->connected());
    run(first.client->stop());
    own.resume();
}

TEST_F(ownership_story, a_store_that_went_back_gets_new_tokens_and_what_is_held_goes_on) {
    member& first = add();
    until([&] { return owns_all(first); });
    const delivery given = put_in_flight(first, "e1");
    std::vector<std::string> before;
    for (std::uint32_t partition = 0; partition < 4; ++partition)
        before.push_back(owner_token(partition));
    first.ownership->distrust();
    until([&] { return owner_token(3) != before[3]; });
    until([&] { return owns_all(first); });
    for (std::uint32_t partition = 0; partition < 4; ++partition) {
        EXPECT_NE(owner_token(partition), before[partition]);
        EXPECT_EQ(owner_token(partition), first.ownership->token(partition));
    }
    EXPECT_TRUE(first.dispatch.lost.empty());
    first.store->complete(given, {});
    until([&] { return first.store->held() == 0; });
    EXPECT_EQ(look().text("EXISTS", names_.event(given.partition, given.store_id)), "0");
}

TEST_F(ownership_story, an_emptied_redis_is_taken_anew) {
    member& first = add(milliseconds(300));
    until([&] { return owns_all(first); });
    const std::string token(first.ownership->token(0));
    look()("FLUSHALL");
    until([&] { return first.dispatch.lost.size() == 4 && owns_all(first); });
    EXPECT_NE(first.ownership->token(0), token);
}

}  // namespace
}  // namespace postrider::queue
