#include "script_story.h"

#include <postrider/queue/delivery.h>

namespace postrider::queue {
namespace {

/// Full queues, and bounds of dead letters.
class dead_scripts : public script_story {
 protected:
    arrival bounded(const std::string& id, const std::string& queue, int most_waiting, int most_dead = 0) {
        arrival event{id, "body of " + id, "", {{0, queue}}};
        event.most_waiting = most_waiting;
        event.most_dead = most_dead;
        return event;
    }
    void die(const std::string& id, const std::string& most, const std::string& queue = "q") {
        put_in_flight(0, queue, id);
        ASSERT_EQ(settle(script::bury, {{0, queue, id, "1", {"dead", "{}", most}}}), texts{"A"});
    }
    texts dead(const std::string& queue) { return redis().texts("ZRANGE", names.dead(0, queue), "0", "-1"); }
};

TEST_F(dead_scripts, at_a_full_queue_a_delivery_is_dead_on_arrival) {
    EXPECT_EQ(enqueue({bounded("e1", "q", 2), bounded("e2", "q", 2), bounded("e3", "q", 2)}),
              (texts{"Sr", "Sq", "Sx"}))
        << "counted along in one call";
    EXPECT_EQ(enqueue({bounded("e4", "q!", 2)}), texts{"Sx"});
    EXPECT_EQ(state(0, "q", "e4"), "d0");
    EXPECT_EQ(list(names.queue(0, "q")), (texts{"e1", "e2"}));
    EXPECT_EQ(dead("q").size(), 2u);
    EXPECT_EQ(redis().text("GET", names.event(0, "e4")), stored("body of e4"));
    EXPECT_EQ(counted(0, "accepted"), "4");
    EXPECT_EQ(counted(0, "dead"), "2");
    const auto record = decode_dead_record(redis().text("GET", names.dead_record(0, "q", "e4")));
    ASSERT_TRUE(record);
    EXPECT_EQ(record->reason, dead_reason::backlog_full);
    EXPECT_EQ(record->attempts, 0u);
    EXPECT_EQ(record->event_type, "test.event");
    EXPECT_FALSE(record->error.empty());
}

TEST_F(dead_scripts, everything_that_waits_counts_and_what_is_in_flight_does_not) {
    for (const std::string id : {"flying", "retried", "due"})
        put_in_flight(0, "q", id);
    settle(script::retry_later, {{0, "q", "due", "1", {"0"}}});
    promote({0});
    settle(script::retry_later, {{0, "q", "retried", "1", {"86400000"}}});
    enqueue({{"first", "x", "", {{0, "q"}}, 0, "key"}, {"parked", "x", "", {{0, "q"}}, 0, "key"}});
    EXPECT_EQ(run(script::depths, {0}, {"1", "q"})[0], "4");
    EXPECT_EQ(enqueue({bounded("e1", "q", 4)}), texts{"Sx"});
    EXPECT_EQ(enqueue({bounded("e1b", "q", 5)}), texts{"Sq"});
    arrival keyed = bounded("e2", "q", 5);
    keyed.key = "key";
    EXPECT_EQ(enqueue({keyed}), texts{"Sx"}) << "what would be parked counts too";
    EXPECT_EQ(list(names.order(0, "q", "key")), (texts{"first", "parked"}));
}

TEST_F(dead_scripts, a_full_queue_is_the_affair_of_one_endpoint) {
    enqueue({{"e1", "1", "", {{0, "q"}}}});
    arrival event{"e2", "2", "", {{0, "q!"}, {0, "p!"}, {1, "r!"}}};
    event.most_waiting = 1;
    EXPECT_EQ(enqueue({event}), texts{"Sxff"});
    EXPECT_EQ(complete({{0, "p", "e2", "1", {}}}), texts{"A"});
    EXPECT_EQ(redis().text("GET", names.event(0, "e2")), stored("2")) << "held by the dead one";
}

TEST_F(dead_scripts, a_queue_at_its_limit_still_sends_at_once_when_nothing_is_before) {
    EXPECT_EQ(enqueue({bounded("e1", "q!", 1), bounded("e2", "q!", 1), bounded("e3", "q", 1)}),
              (texts{"Sf", "Sf", "Sr"}));
    EXPECT_EQ(enqueue({bounded("e4", "q", 0)}), texts{"Sq"}) << "0 is no bound";
}

TEST_F(dead_scripts, a_dead_one_that_comes_again_at_a_full_queue_stays_dead) {
    die("e1", "0");
    enqueue({{"e2", "2", "", {{0, "q"}}}});
    EXPECT_EQ(enqueue({bounded("e1", "q", 1)}), texts{"Sx"});
    EXPECT_EQ(state(0, "q", "e1"), "d0@1") << "its age counts from the new acceptance";
    EXPECT_EQ(dead("q"), texts{"e1"});
    EXPECT_EQ(redis().texts("ZRANGE", names.all_dead(0), "0", "-1"), texts{"q|e1"});
}

TEST_F(dead_scripts, past_the_most_the_oldest_goes_with_all_it_had) {
    die("e1", "3");
    die("other", "3", "p");
    for (const std::string id : {"e2", "e3"}) {
        redis()("ZADD", names.dead(0, "q"), "1", "e1");
        die(id, "3");
    }
    EXPECT_EQ(dead("q"), (texts{"e1", "e2", "e3"}));
    EXPECT_EQ(counted(0, "dead_dropped"), "");
    die("e4", "3");
    EXPECT_EQ(dead("q"), (texts{"e2", "e3", "e4"}));
    EXPECT_EQ(redis().text("EXISTS", names.event(0, "e1"), names.dead_record(0, "q", "e1")), "0");
    EXPECT_EQ(redis().text("HEXISTS", names.states(0), "e1"), "0");
    EXPECT_EQ(redis().text("ZSCORE", names.all_dead(0), "q|e1"), "");
    EXPECT_EQ(redis().text("ZCARD", names.all_dead(0)), "4");
    EXPECT_EQ(counted(0, "dead"), "5");
    EXPECT_EQ(counted(0, "dead_dropped"), "1");
}

TEST_F(dead_scripts, a_lower_bound_is_reached_by_two_a_death) {
    for (int number = 0; number < 10; ++number) {
        die("e" + std::to_string(number), "0");
        redis()("ZADD", names.dead(0, "q"), std::to_string(number), "e" + std::to_string(number));
    }
    die("x1", "3");
    EXPECT_EQ(dead("q").size(), 9u);
    EXPECT_EQ(dead("q")[0], "e2");
    for (const std::string id : {"x2", "x3", "x4", "x5", "x6", "x7"})
        die(id, "3");
    EXPECT_EQ(dead("q").size(), 3u);
    EXPECT_EQ(redis().text("HGET", names.counts(0), "dead_dropped"), "14");
}

TEST_F(dead_scripts, dropping_one_leaves_the_other_deliveries_of_its_event) {
    enqueue({{"e1", "one", "", {{0, "q!"}, {0, "p!"}}}});
    settle(script::bury, {{0, "q", "e1", "1", {"dead", "{}", "1"}}});
    redis()("ZADD", names.dead(0, "q"), "1", "e1");
    die("e2", "1");
    EXPECT_EQ(state(0, "q", "e1"), "");
    EXPECT_EQ(state(0, "p", "e1"), "f1");
    EXPECT_EQ(redis().text("GET", names.event(0, "e1")), stored("one"));
}

TEST_F(dead_scripts, a_dropped_letter_of_a_delivery_that_lives_takes_nothing_else) {
    put_in_flight(0, "q", "e1");
    redis()("ZADD", names.dead(0, "q"), "1", "e1", "2", "ghost");
    die("e2", "1");
    EXPECT_EQ(dead("q"), texts{"e2"});
    EXPECT_EQ(state(0, "q", "e1"), "f1");
    EXPECT_EQ(redis().text("EXISTS", names.event(0, "e1")), "1");
}

TEST_F(dead_scripts, backlogs_drop_old_letters_too) {
    enqueue({{"e0", "x", "", {{0, "q"}}}});
    enqueue({bounded("e1", "q", 1, 1)});
    redis()("ZADD", names.dead(0, "q"), "1", "e1");
    EXPECT_EQ(enqueue({bounded("e2", "q", 1, 1)}), texts{"Sx"});
    EXPECT_EQ(dead("q"), texts{"e2"});
    EXPECT_EQ(redis().text("EXISTS", names.event(0, "e1")), "0");
    EXPECT_EQ(redis().text("HEXISTS", names.states(0), "e1"), "0");
}

TEST_F(dead_scripts, a_delivery_for_a_place_that_cannot_be_read_is_refused) {
    enqueue({{"e0", "x", "", {{0, "q"}}}});
    for (const std::string& key : {names.retry_lane(0, "q"), names.retry(0, "q"), names.parked(0)}) {
        redis()("SET", key, "odd");
        EXPECT_TRUE(enqueue({bounded("e1", "q", 1)})[0].starts_with("EWRONGTYPE")) << key;
        redis()("DEL", key);
    }
    redis()("SET", names.all_dead(0), "odd");
    EXPECT_TRUE(enqueue({bounded("e1", "q", 1)})[0].starts_with("EWRONGTYPE"));
    EXPECT_EQ(redis().text("EXISTS", names.event(0, "e1")), "0");
    EXPECT_EQ(redis().text("HEXISTS", names.states(0), "e1"), "0");
}

}  // namespace
}  // namespace postrider::queue
