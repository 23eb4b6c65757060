#include "inspection_story.h"
#include "queue/inspection_reckoning.h"

namespace postrider::queue {
namespace {

/// What the counters say against what lies there, after every kind of move.
class reckoned : public inspection_story {
 protected:
    reckoning sum() {
        reckoning all;
        for (std::uint32_t partition = 0; partition < names_.partitions(); ++partition) {
            const auto found = ask(inspection_->reckon(partition));
            EXPECT_EQ(found.partition, partition);
            EXPECT_TRUE(found.settled);
            EXPECT_TRUE(found.adds_up()) << found.missing() << ' ' << found.missing_dead_letters();
            add(all, found);
        }
        return all;
    }
    /// The partition of the shop in steps of one queue.
    reckoning walk() {
        const auto context = std::make_shared<inspection_context>(
            [this](std::uint32_t) -> redis::client& { return *client_; }, names_, metrics_, clock_);
        return ask(reckon_partition(context, partition_of("shop"), 1));
    }
    std::string endpoint_beside_the_shop(int wanted) {
        for (int number = 0;; ++number) {
            const auto name = "n" + std::to_string(number);
            if (partition_of(name) == partition_of("shop") && wanted-- == 0) return name;
        }
    }
    static void add(reckoning& all, const reckoning& found) {
        all.accepted += found.accepted;
        all.replayed += found.replayed;
        all.delivered += found.delivered;
        all.dead += found.dead;
        all.expired += found.expired;
        all.live += found.live;
        all.revived += found.revived;
        all.purged += found.purged;
        all.dropped += found.dropped;
        all.swept += found.swept;
        all.dead_letters += found.dead_letters;
    }
    std::string counts() { return names_.counts(partition_of("shop")); }
};

TEST_F(reckoned, an_empty_store_adds_up) {
    EXPECT_EQ(sum().live, 0);
}

TEST_F(reckoned, live_is_what_is_queued_in_flight_retrying_and_parked) {
    put("e1", {"shop", "bank"});
    put("e2");
    put_keyed("e3", "k");
    put_keyed("e4", "k");
    EXPECT_EQ(sum().live, 5);
    retry(take());
    EXPECT_EQ(sum().live, 5);
    retry(take(), milliseconds(0));
    take();
    EXPECT_EQ(sum().live, 5);
    until([this] {
        store_->promote_due();
        return outside_->text("LLEN", names_.retry_lane(partition_of("shop"), shop)) == "1";
    });
    EXPECT_EQ(sum().live, 5);
    deliver(take());
    const auto now = sum();
    EXPECT_EQ(now.live, 4);
    EXPECT_EQ(now.accepted, 5);
    EXPECT_EQ(now.delivered, 1);
}

TEST_F(reckoned, a_death_is_counted_once_and_a_replay_is_a_rebirth) {
    kill("e1");
    kill("e2", "shop", dead_reason::expired);
    auto now = sum();
    EXPECT_EQ(now.dead, 1);
    EXPECT_EQ(now.expired, 1);
    EXPECT_EQ(now.dead_letters, 2);
    ask(inspection_->replay({item_of("e1"), item_of("e1"), item_of("e2")}));
    now = sum();
    EXPECT_EQ(now.replayed, 2);
    EXPECT_EQ(now.revived, 2);
    EXPECT_EQ(now.live, 2);
    bury(take());
    deliver(take(), true);
    now = sum();
    EXPECT_EQ(now.dead, 2);
    EXPECT_EQ(now.dead_letters, 1);
    ask(inspection_->replay({item_of("e2")}));
    now = sum();
    EXPECT_EQ(now.replayed, 3) << "of what was delivered, and is kept";
    EXPECT_EQ(now.revived, 2);
    EXPECT_EQ(now.live, 1);
}

TEST_F(reckoned, dead_letters_end_purged_dropped_or_swept) {
    for (const auto* event : {"e1", "e2", "e3", "e4"})
        kill(event);
    ask(inspection_->purge({item_of("e1"), item_of("e1"), item_of("none")}));
    EXPECT_EQ(sum().purged, 1);
    put("e5");
    dead_record record;
    record.reason = dead_reason::attempts_exhausted;
    store_->bury(take(), record, 2, {});
    until([this] { return store_->held() == 0; });
    EXPECT_EQ(sum().dropped, 2);
    until([this, died = clock_.wall_now()] { return clock_.wall_now() > died + milliseconds(2); });
    ask(inspection_->sweep(partition_of("shop"), [](std::string_view) { return inspection::retention(); }));
    const auto now = sum();
    EXPECT_EQ(now.swept, 2);
    EXPECT_EQ(now.dead, 5);
    EXPECT_EQ(now.dead_letters, 0);
}

TEST_F(reckoned, what_waited_for_a_deleted_endpoint_counts_as_dead) {
    put("e1");
    put_keyed("e2", "k");
    put_keyed("e3", "k");
    retry(take());
    inspection::ending what;
    what.queue_name = shop;
    what.accepted_before = clock_.wall_now() + std::chrono::hours(1);
    what.reason = dead_reason::endpoint_deleted;
    while (ask(inspection_->end_waiting(what)).more)
        sum();
    const auto now = sum();
    EXPECT_EQ(now.live, 0);
    EXPECT_EQ(now.dead, 3);
}

TEST_F(reckoned, many_queues_are_counted_in_steps) {
    for (int number = 0; number < 40; ++number) {
        const auto name = endpoint_beside_the_shop(number);
        put("e" + std::to_string(number), {"shop", name});
        if (number % 4 == 0) retry(take(name));
    }
    put_keyed("k1", "k");
    put_keyed("k2", "k");
    take();
    const auto found = walk();
    EXPECT_TRUE(found.settled);
    EXPECT_EQ(found.live, 82);
    EXPECT_TRUE(found.adds_up());
}

TEST_F(reckoned, what_vanished_and_what_nobody_counted_shows) {
    put("e1");
    put("e2");
    kill("e3");
    const auto partition = partition_of("shop");
    (*outside_)("HINCRBY", counts(), "accepted", "2");
    EXPECT_EQ(ask(inspection_->reckon(partition)).missing(), 2);
    (*outside_)("HINCRBY", counts(), "accepted", "-2");
    (*outside_)("RPOP", names_.queue(partition, shop));
    EXPECT_EQ(ask(inspection_->reckon(partition)).missing(), 1);
    EXPECT_EQ(walk().missing(), 1);
    (*outside_)("DEL", names_.all_dead(partition));
    EXPECT_EQ(ask(inspection_->reckon(partition)).missing_dead_letters(), 1);
    (*outside_)("DEL", counts());
    EXPECT_EQ(ask(inspection_->reckon(partition)).missing(), -1);
    (*outside_)("SET", names_.queue(partition, shop), "of another kind");
    EXPECT_EQ(ask(inspection_->reckon(partition)).live, 0) << "a key of a wrong kind holds nothing";
}

}  // namespace
}  // namespace postrider::queue
