#include "inspection_story.h"

namespace postrider::queue {
namespace {

using inspection_endings = inspection_story;
using names = std::vector<std::string>;

class end_of : public inspection_story {
 protected:
    inspection::ending everything(dead_reason reason = dead_reason::endpoint_deleted) const {
        inspection::ending what;
        what.queue_name = shop;
        what.accepted_before = clock_.wall_now() + std::chrono::hours(1);
        what.reason = reason;
        what.error = "no more";
        return what;
    }
    /// Calls as long as there is more; gives how many ended.
    std::size_t end_all(const inspection::ending& what) {
        std::size_t ended = 0;
        for (int calls = 0; calls < 1000; ++calls) {
            const auto step = ask(inspection_->end_waiting(what));
            EXPECT_LE(step.deaths.size(), 256u);
            ended += step.deaths.size();
            if (!step.more) return ended;
        }
        ADD_FAILURE() << "no end";
        return ended;
    }
    std::string counted(const std::string& name) {
        return outside_->text("HGET", names_.counts(partition_of("shop")), name);
    }
    std::string waiting() { return std::to_string(ask(inspection_->overviews({shop}))[0].waiting); }
};

TEST_F(end_of, what_waits_ends_in_every_lane_and_what_is_in_flight_does_not) {
    for (const auto* event : {"retrying", "again", "sending", "queued1", "queued2"})
        put(event);
    retry(take());
    retry(take(), milliseconds(0));
    const auto sending = take();
    until([this] {
        store_->promote_due();
        return outside_->text("LLEN", names_.retry_lane(partition_of("shop"), shop)) == "1";
    });
    const auto step = ask(inspection_->end_waiting(everything()));
    EXPECT_EQ(step.deaths.size(), 4u);
    EXPECT_TRUE(step.more);
    EXPECT_EQ(end_all(everything()), 0u);
    EXPECT_EQ(waiting(), "0");
    EXPECT_EQ(state("retrying"), "d1");
    EXPECT_EQ(state("again"), "d1");
    EXPECT_EQ(state("sending"), "f1");
    EXPECT_EQ(state("queued2"), "d0");
    EXPECT_EQ(counted("dead"), "4");
    const auto partition = partition_of("shop");
    EXPECT_EQ(outside_->text("SISMEMBER", names_.ready(partition), shop), "0");
    EXPECT_EQ(outside_->text("ZSCORE", names_.due(partition), shop), "");
    const auto letter = ask(inspection_->find_dead_letter(shop, id_of("queued1")));
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->record.reason, dead_reason::endpoint_deleted);
    EXPECT_EQ(letter->record.error, "no more");
    EXPECT_EQ(letter->record.event_type, "test.event");
    deliver(sending);
}

TEST_F(end_of, only_what_is_old_enough_expires) {
    put("old");
    retry(take());
    put("young");
    auto what = everything(dead_reason::expired);
    what.accepted_before = wall_time(milliseconds(1000));
    EXPECT_EQ(end_all(what), 0u);
    EXPECT_EQ(waiting(), "2");
    what.accepted_before = clock_.wall_now() + std::chrono::minutes(1);
    EXPECT_EQ(end_all(what), 2u);
    EXPECT_EQ(counted("expired"), "2");
    EXPECT_EQ(list(with_status(delivery_status::expired)).rows.size(), 2u);
}

TEST_F(end_of, what_was_recovered_ends_like_the_rest) {
    put("cut");
    (*outside_)("HSET", names_.states(partition_of("shop")), id_of("cut"), std::string(shop) + " q3!3");
    EXPECT_EQ(events_of(list().rows), names{"cut retrying"});
    EXPECT_EQ(end_all(everything()), 1u);
    EXPECT_EQ(state("cut"), "d3!3");
    EXPECT_EQ(events_of(list(with_status(delivery_status::dead)).rows), names{"cut dead"});
}

TEST_F(end_of, age_counts_from_the_replay) {
    kill("e1");
    ask(inspection_->replay({item_of("e1")}));
    const auto since = time_point_cast<milliseconds>(clock_.wall_now());
    const std::string field = state("e1");
    const auto replayed_at = std::stoll(field.substr(field.find('@') + 1));
    auto what = everything(dead_reason::expired);
    what.accepted_before = wall_time(milliseconds(replayed_at));
    EXPECT_EQ(end_all(what), 0u);
    what.accepted_before = since + std::chrono::minutes(1);
    EXPECT_EQ(end_all(what), 1u);
    EXPECT_EQ(state("e1"), "d0" + field.substr(2));
}

TEST_F(end_of, those_parked_behind_their_key_follow) {
    for (int number = 0; number < 5; ++number)
        put_keyed("e" + std::to_string(number), "k");
    put_keyed("other", "l");
    EXPECT_EQ(end_all(everything()), 6u);
    const auto partition = partition_of("shop");
    EXPECT_EQ(outside_->text("EXISTS", names_.order(partition, shop, key_hash("k")),
                             names_.order(partition, shop, key_hash("l")), names_.parked(partition)),
              "0");
    EXPECT_EQ(waiting(), "0");
}

TEST_F(end_of, a_long_queue_ends_in_bounded_steps) {
    for (int number = 0; number < 600; ++number)
        enqueue("e" + std::to_string(number), {"shop"});
    until([this] { return answers_.size() == 600; });
    EXPECT_EQ(end_all(everything()), 600u);
    EXPECT_EQ(counted("dead"), "600");
}

TEST_F(end_of, young_retries_do_not_hide_old_ones) {
    const auto partition = partition_of("shop");
    put("old");
    retry(take());
    const std::string old_id = id_of("old");
    for (int number = 0; number < 300; ++number) {
        const std::string id = id_of("young" + std::to_string(number));
        (*outside_)("HSET", names_.states(partition), id, std::string(shop) + " q1@4000000000000");
        (*outside_)("RPUSH", names_.retry_lane(partition, shop), id);
    }
    (*outside_)("ZREM", names_.retry(partition, shop), old_id);
    (*outside_)("HSET", names_.states(partition), old_id, std::string(shop) + " q1");
    (*outside_)("RPUSH", names_.retry_lane(partition, shop), old_id);
    EXPECT_EQ(end_all(everything()), 0u) << "the first 256 are young, and go to the end";
    EXPECT_EQ(end_all(everything()), 1u);
    EXPECT_EQ(outside_->text("LLEN", names_.retry_lane(partition, shop)), "300");
}

TEST_F(inspection_endings, a_history_is_dropped_with_what_was_kept_for_it) {
    for (int number = 0; number < 300; ++number) {
        const std::string event = "e" + std::to_string(number);
        put(event);
        deliver(take(), number % 2 == 0);
    }
    const auto partition = partition_of("shop");
    EXPECT_EQ(state("e0"), "k1");
    EXPECT_TRUE(ask(inspection_->drop_history(shop)));
    EXPECT_FALSE(ask(inspection_->drop_history(shop)));
    EXPECT_FALSE(ask(inspection_->drop_history(shop)));
    EXPECT_EQ(outside_->text("EXISTS", names_.history(partition, shop), names_.names(partition),
                             names_.event(partition, id_of("e0")), names_.states(partition)),
              "0");
}

TEST_F(inspection_endings, the_sweep_asks_each_queue_for_its_retention) {
    std::string neighbour;
    for (int number = 0; neighbour.empty(); ++number)
        if (partition_of("n" + std::to_string(number)) == partition_of("shop"))
            neighbour = "n" + std::to_string(number);
    const std::string other = "default." + neighbour;
    kill("e1");
    kill("e2", neighbour);
    put("e3");
    deliver(take(), true);
    std::vector<std::string> asked;
    const auto terms = [&](std::string_view queue) {
        asked.emplace_back(queue);
        inspection::retention kept;
        kept.dead_letters = kept.history = queue == other ? milliseconds(0) : milliseconds::max();
        return kept;
    };
    const auto partition = partition_of("shop");
    until([this, began = clock_.wall_now()] { return clock_.wall_now() > began + milliseconds(2); });
    EXPECT_FALSE(ask(inspection_->sweep(partition, terms)));
    EXPECT_EQ(asked.size(), 2u);
    EXPECT_EQ(state("e2", neighbour), "");
    EXPECT_EQ(outside_->text("EXISTS", names_.history(partition, other), names_.dead(partition, other)), "0");
    EXPECT_EQ(outside_->texts("SMEMBERS", names_.names(partition)), names{shop});
    EXPECT_EQ(state("e1"), "d1");
    EXPECT_EQ(state("e3"), "k1");
    const auto nothing = [](std::string_view) { return inspection::retention(); };
    EXPECT_FALSE(ask(inspection_->sweep(partition, nothing)));
    EXPECT_EQ(state("e1") + state("e3"), "");
    EXPECT_TRUE(letters({}).empty());
    EXPECT_EQ(outside_->text("DBSIZE"), std::to_string(4 + 1)) << "the owners, and counts";
}

TEST_F(inspection_endings, the_sweep_takes_few_at_a_time) {
    for (int number = 0; number < 300; ++number)
        kill("e" + std::to_string(number));
    until([this, began = clock_.wall_now()] { return clock_.wall_now() > began + milliseconds(2); });
    const auto nothing = [](std::string_view) { return inspection::retention(); };
    const auto partition = partition_of("shop");
    EXPECT_TRUE(ask(inspection_->sweep(partition, nothing)));
    EXPECT_EQ(outside_->text("ZCARD", names_.dead(partition, shop)), "44");
    EXPECT_FALSE(ask(inspection_->sweep(partition, nothing)));
    EXPECT_EQ(outside_->text("ZCARD", names_.dead(partition, shop)), "0");
    EXPECT_EQ(outside_->text("LLEN", names_.history(partition, shop)), "0");
}

}  // namespace
}  // namespace postrider::queue
