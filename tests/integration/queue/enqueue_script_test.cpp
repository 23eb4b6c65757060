#include "script_story.h"

namespace postrider::queue {
namespace {

using enqueue_script = script_story;
const std::string hash_a(16, 'a');
const std::string hash_b(16, 'b');

TEST_F(enqueue_script, queues_an_event_and_wakes_its_empty_queue) {
    EXPECT_EQ(enqueue({{"e1", "one", "", {{0, "q"}}}, {"e2", "two", "", {{0, "q"}}}}), (texts{"Sr", "Sq"}));
    EXPECT_EQ(redis().texts("LRANGE", names.queue(0, "q"), "0", "-1"), (texts{"e1", "e2"}));
    EXPECT_EQ(redis().texts("SMEMBERS", names.ready(0)), texts{"q"});
    EXPECT_EQ(state(0, "q", "e1"), "q0");
    EXPECT_EQ(redis().text("GET", names.event(0, "e2")), stored("two"));
    EXPECT_EQ(counted(0, "accepted"), "2");
    EXPECT_EQ(redis().text("EXISTS", names.inflight(0)), "0");
}

TEST_F(enqueue_script, puts_it_straight_in_flight_where_that_is_wanted) {
    EXPECT_EQ(enqueue({{"e1", "one", "", {{0, "q!"}}}}), texts{"Sf"});
    EXPECT_EQ(state(0, "q", "e1"), "f1");
    EXPECT_EQ(redis().text("HGET", names.inflight(0), "q|e1"), "1:T");
    EXPECT_EQ(redis().text("EXISTS", names.queue(0, "q")), "0");
    EXPECT_EQ(redis().text("EXISTS", names.ready(0)), "0");
    EXPECT_EQ(counted(0, "accepted"), "1");
}

TEST_F(enqueue_script, overtakes_nobody) {
    enqueue({{"e1", "one", "", {{0, "q"}}}});
    EXPECT_EQ(enqueue({{"e2", "two", "", {{0, "q!"}}}}), texts{"Sq"});
    EXPECT_EQ(enqueue({{"e3", "3", "", {{0, "p"}}}, {"e4", "4", "", {{0, "p!"}}}}), (texts{"Sr", "Sq"}))
        << "nor an event of the same call";
}

TEST_F(enqueue_script, queues_for_a_caller_that_is_not_the_owner) {
    EXPECT_EQ(enqueue({{"e1", "one", "", {{0, "q!"}}}}, "another"), texts{"Sr"});
    EXPECT_EQ(enqueue({{"e2", "two", "", {{1, "p!"}}}}, ""), texts{"Sr"});
    redis()("DEL", names.token(2));
    EXPECT_EQ(enqueue({{"e3", "two", "", {{2, "p!"}}}}), texts{"Sr"});
    EXPECT_EQ(redis().text("EXISTS", names.inflight(0)), "0");
}

TEST_F(enqueue_script, spreads_an_event_over_partitions_with_one_body_in_each) {
    EXPECT_EQ(enqueue({{"e1", "one", "", {{0, "q!"}, {1, "p"}, {1, "r!"}, {0, "s"}}}}), texts{"Sfrfr"});
    EXPECT_EQ(redis().text("HGET", names.states(0), "e1"), "q f1\ns q0");
    EXPECT_EQ(redis().text("HGET", names.states(1), "e1"), "p q0\nr f1");
    for (const std::uint32_t partition : {0U, 1U}) {
        EXPECT_EQ(redis().text("GET", names.event(partition, "e1")), stored("one"));
        EXPECT_EQ(counted(partition, "accepted"), "2");
    }
}

TEST_F(enqueue_script, remembers_an_id_with_its_content_and_its_queues) {
    EXPECT_EQ(enqueue({{"e1", "one", hash_a, {{0, "q"}, {1, "p"}}, 2}}), texts{"Srr"});
    EXPECT_EQ(redis().text("GET", names.remembered(2, "e1")), '1' + hash_a + "1700000000000 q p");
    const auto life = std::stoll(redis().text("PTTL", names.remembered(2, "e1")));
    EXPECT_GT(life, 30000);
    EXPECT_LE(life, 60000);
}

TEST_F(enqueue_script, the_same_again_changes_nothing_and_tells_the_recorded_number) {
    enqueue({{"e1", "one", hash_a, {{0, "q"}, {1, "p!"}}, 2}});
    EXPECT_EQ(counted(2, "remembered"), "1");
    auto before = everything();
    EXPECT_EQ(enqueue({{"e1", "one", hash_a, {{0, "q"}, {1, "p"}, {3, "added-since"}}, 2}}),
              texts{"D2 1700000000000 q p"});
    EXPECT_EQ(counted(2, "repeated"), "1") << "a write, so that replicas that have it have the event";
    auto after = everything();
    before.erase(names.counts(2));
    after.erase(names.counts(2));
    EXPECT_EQ(after, before);
}

TEST_F(enqueue_script, the_same_again_after_its_delivery_is_a_duplicate_still) {
    enqueue({{"e1", "one", hash_a, {{0, "q!"}}, 2}});
    EXPECT_EQ(complete({{0, "q", "e1", "1", {}}}), texts{"A"});
    EXPECT_EQ(enqueue({{"e1", "one", hash_a, {{0, "q!"}}, 2}}), texts{"D1 1700000000000 q"});
    EXPECT_EQ(redis().text("EXISTS", names.event(0, "e1")), "0");
}

TEST_F(enqueue_script, other_content_under_a_remembered_id_is_a_conflict) {
    enqueue({{"e1", "one", hash_a, {{0, "q"}}, 2}});
    const auto before = everything();
    EXPECT_EQ(enqueue({{"e1", "two", hash_b, {{0, "q"}}, 2}}), texts{"C"});
    EXPECT_EQ(everything(), before);
}

TEST_F(enqueue_script, twins_in_one_call_are_told_apart) {
    EXPECT_EQ(enqueue({{"e1", "one", hash_a, {{0, "q!"}}, 2},
                       {"e1", "one", hash_a, {{0, "q!"}}, 2},
                       {"e1", "two", hash_b, {{0, "q!"}}, 2}}),
              (texts{"Sf", "D1 1700000000000 q", "C"}));
    EXPECT_EQ(redis().text("GET", names.event(0, "e1")), stored("one", hash_a));
    EXPECT_EQ(counted(0, "accepted"), "1");
}

TEST_F(enqueue_script, remembers_an_event_without_endpoints) {
    EXPECT_EQ(enqueue({{"e1", "one", hash_a, {}, 2}}), texts{"S"});
    EXPECT_EQ(enqueue({{"e1", "one", hash_a, {{0, "q"}}, 2}}), texts{"D0 1700000000000"});
    EXPECT_EQ(enqueue({{"e1", "two", hash_b, {}, 2}}), texts{"C"});
    EXPECT_EQ(enqueue({{"e2", "made here", "", {}}}), texts{"S"});
}

TEST_F(enqueue_script, a_hash_of_any_bytes_is_kept) {
    const std::string odd("\0 \n 0123456\xff 89", 16);
    EXPECT_EQ(enqueue({{"e1", "one", odd, {{0, "q"}, {1, "p"}}, 2}}), texts{"Srr"});
    EXPECT_EQ(enqueue({{"e1", "one", odd, {{0, "q"}, {1, "p"}}, 2}}), texts{"D2 1700000000000 q p"});
}

TEST_F(enqueue_script, past_the_window_a_live_delivery_is_not_doubled) {
    enqueue({{"e1", "one", hash_a, {{0, "q!"}}, 2}});
    redis()("DEL", names.remembered(2, "e1"));
    EXPECT_EQ(enqueue({{"e1", "one", hash_a, {{0, "q!"}, {0, "p!"}}, 2}}), texts{"Saf"});
    EXPECT_EQ(state(0, "q", "e1"), "f1");
    EXPECT_EQ(counted(0, "accepted"), "2");
}

TEST_F(enqueue_script, past_the_window_other_content_conflicts_while_the_old_is_in_the_store) {
    enqueue({{"e1", "one", hash_a, {{0, "q!"}}, 2}});
    redis()("DEL", names.remembered(2, "e1"));
    const auto before = everything();
    EXPECT_EQ(enqueue({{"e1", "two", hash_b, {{1, "p"}, {0, "r"}}, 2}}), texts{"C"});
    EXPECT_EQ(everything(), before) << "also what was laid into the other partition";
    complete({{0, "q", "e1", "1", {}}});
    EXPECT_EQ(enqueue({{"e1", "two", hash_b, {{1, "p"}, {0, "r"}}, 2}}), texts{"Srr"});
}

TEST_F(enqueue_script, past_the_window_a_dead_delivery_starts_afresh) {
    enqueue({{"e1", "one", hash_a, {{0, "q!"}}, 2}});
    ASSERT_EQ(settle(script::bury, {{0, "q", "e1", "1", {"dead", "{}"}}}), texts{"A"});
    redis()("DEL", names.remembered(2, "e1"));
    EXPECT_EQ(enqueue({{"e1", "one", hash_a, {{0, "q"}}, 2}}), texts{"Sr"});
    EXPECT_EQ(state(0, "q", "e1"), "q0@1700000000000");
    EXPECT_EQ(redis().text("EXISTS", names.all_dead(0), names.dead(0, "q"), names.dead_record(0, "q", "e1")),
              "0");
    EXPECT_EQ(counted(0, "accepted"), "2");
    EXPECT_EQ(counted(0, "dead"), "1");
}

TEST_F(enqueue_script, a_key_of_the_wrong_kind_spoils_its_item_alone) {
    redis()("SET", names.queue(0, "q"), "not a list");
    redis()("SET", names.states(1), "not a hash");
    redis()("HSET", names.event(1, "e3"), "not", "a string");
    redis()("LPUSH", names.remembered(2, "e4"), "not a string");
    const auto before = everything();
    const texts answer = enqueue({{"e1", "one", "", {{1, "p"}, {0, "q"}}},
                                  {"e2", "two", "", {{0, "p"}, {1, "p"}}},
                                  {"e3", "3", "", {{0, "p"}, {1, "p"}}},
                                  {"e4", "4", hash_a, {{0, "p"}}, 2}});
    ASSERT_EQ(answer.size(), 4u);
    for (const std::string& one : answer)
        EXPECT_TRUE(one.starts_with("EWRONGTYPE")) << one;
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(enqueue({{"e1", "one", "", {{0, "q"}}}, {"e5", "5", "", {{3, "p!"}}}})[1], "Sf");
}

TEST_F(enqueue_script, a_partition_that_cannot_be_read_spoils_its_items_alone) {
    redis()("SET", names.states(0), "not a hash");
    redis()("SET", names.inflight(1), "not a hash");
    redis()("SET", names.ready(2), "not a set");
    const texts answer = enqueue({{"e0", "0", "", {{0, "q!"}}},
                                  {"e1", "1", "", {{1, "q!"}}},
                                  {"e2", "2", "", {{2, "q"}}},
                                  {"e3", "3", "", {{3, "q!"}}}});
    ASSERT_EQ(answer.size(), 4u);
    for (int index = 0; index < 3; ++index)
        EXPECT_TRUE(answer[static_cast<std::size_t>(index)].starts_with("EWRONGTYPE"));
    EXPECT_EQ(answer[3], "Sf");
}

TEST_F(enqueue_script, counts_of_the_wrong_kind_cost_the_count_alone) {
    redis()("SET", names.counts(0), "not a hash");
    EXPECT_EQ(enqueue({{"e1", "one", "", {{0, "q!"}}}}), texts{"Sf"});
    EXPECT_EQ(complete({{0, "q", "e1", "1", {}}}), texts{"A"});
}

TEST_F(enqueue_script, takes_an_event_for_very_many_endpoints) {
    arrival event{"e1", "one", "", {}};
    for (int number = 0; number < 5000; ++number)
        event.deliveries.emplace_back(number % 4, "q" + std::to_string(number) + '!');
    EXPECT_EQ(enqueue({event}), texts{'S' + std::string(5000, 'f')});
    EXPECT_EQ(redis().text("HLEN", names.inflight(1)), "1250");
}

TEST_F(enqueue_script, a_group_goes_whole) {
    EXPECT_EQ(
        enqueue({{"e1", "1", "", {{0, "q!"}}}, {"e2", "2", "", {{0, "q!"}}}, {"e3", "3", "", {{0, "p"}}}}),
        (texts{"Sf", "Sf", "Sr"}));
    EXPECT_EQ(enqueue({{"e4", "4", "", {{0, "p!"}}}, {"e5", "5", "", {{0, "p!"}}}}), (texts{"Sq", "Sq"}))
        << "there is work before them";
    EXPECT_EQ(redis().text("HGET", names.inflight(0), "q|e2"), "1:T");
    EXPECT_EQ(list(names.queue(0, "p")), (texts{"e3", "e4", "e5"}));
    EXPECT_EQ(redis().text("GET", names.event(0, "e5")), stored("5"));
    EXPECT_EQ(state(0, "p", "e5"), "q0");
    EXPECT_EQ(counted(0, "accepted"), "5");
}

TEST_F(enqueue_script, work_of_one_queue_keeps_no_other_from_flight) {
    enqueue({{"e0", "0", "", {{1, "busy"}}}});
    EXPECT_EQ(enqueue({{"e1", "1", "", {{0, "q!"}}},
                       {"e2", "2", "", {{1, "busy!"}}},
                       {"e3", "3", "", {{2, "p!"}}},
                       {"e4", "4", "", {{2, "p!"}}},
                       {"e5", "5", "", {{1, "idle!"}}}}),
              (texts{"Sf", "Sq", "Sf", "Sf", "Sf"}));
    EXPECT_EQ(state(2, "p", "e4"), "f1");
    EXPECT_EQ(redis().text("HGET", names.inflight(1), "idle|e5"), "1:T");
    EXPECT_EQ(list(names.queue(1, "busy")), (texts{"e0", "e2"}));
    for (const auto& [partition, accepted] : {std::pair(0U, "1"), std::pair(1U, "3"), std::pair(2U, "2")})
        EXPECT_EQ(counted(partition, "accepted"), accepted) << partition;
}

TEST_F(enqueue_script, groups_of_one_partition_go_together) {
    EXPECT_EQ(enqueue({{"e1", "1", "", {{0, "q!"}}},
                       {"e2", "2", "", {{0, "p!"}}},
                       {"e3", "3", "", {{0, "q!"}}},
                       {"e4", "4", "", {{0, "r!"}}}}),
              (texts{"Sf", "Sf", "Sf", "Sf"}));
    EXPECT_EQ(redis().texts("HMGET", names.states(0), "e1", "e2", "e3", "e4"),
              (texts{"q f1", "p f1", "q f1", "r f1"}));
    EXPECT_EQ(counted(0, "accepted"), "4");
    EXPECT_EQ(redis().text("HLEN", names.inflight(0)), "4");
}

TEST_F(enqueue_script, a_twin_in_another_group_of_the_partition_is_another_delivery_of_the_event) {
    EXPECT_EQ(
        enqueue({{"e1", "1", "", {{0, "q!"}}}, {"e2", "2", "", {{0, "q!"}}}, {"e1", "1", "", {{0, "p!"}}}}),
        (texts{"Sf", "Sf", "Sf"}));
    EXPECT_EQ(redis().text("HGET", names.states(0), "e1"), "q f1\np f1");
    EXPECT_EQ(counted(0, "accepted"), "3");
    EXPECT_EQ(redis().text("HLEN", names.inflight(0)), "3");
}

TEST_F(enqueue_script, an_entry_in_flight_that_no_event_has_is_replaced) {
    redis()("HSET", names.inflight(0), "q|e1", "7:old", "q|e3", "7:old");
    EXPECT_EQ(enqueue({{"e1", "1", "", {{0, "q!"}}}, {"e2", "2", "", {{0, "q!"}}}}), (texts{"Sf", "Sf"}));
    EXPECT_EQ(enqueue({{"e3", "3", "", {{0, "q!"}}}}), texts{"Sf"});
    EXPECT_EQ(redis().texts("HMGET", names.inflight(0), "q|e1", "q|e2", "q|e3"),
              (texts{"1:T", "1:T", "1:T"}));
    EXPECT_EQ(counted(0, "accepted"), "3");
}

TEST_F(enqueue_script, a_group_that_has_not_room_for_all_goes_one_by_one) {
    const auto bounded = [](const std::string& id) {
        arrival event{id, "body of " + id, "", {{0, "q"}}};
        event.most_waiting = 2;
        return event;
    };
    EXPECT_EQ(enqueue({bounded("e1"), bounded("e2"), bounded("e3")}), (texts{"Sr", "Sq", "Sx"}));
    EXPECT_EQ(state(0, "q", "e3"), "d0");
    EXPECT_EQ(redis().text("ZCARD", names.dead(0, "q")), "1");
    EXPECT_EQ(counted(0, "dead"), "1");
}

TEST_F(enqueue_script, a_letter_of_a_group_tells_the_type_of_its_event) {
    const texts tail{"0", "1", "9", "first.type\nsecond.type", "2", "e1", "e2"};
    redis()("MSET", names.event(0, "e1"), stored("1"), names.event(0, "e2"), stored("2"));
    redis()("RPUSH", names.queue(0, "q"), "before");
    texts arguments{"60000", "T", "1", "0", "1", "q"};  // one partition has nothing laid down and one group
    arguments.insert(arguments.end(), tail.begin(), tail.end());
    run(script::enqueue, {0}, arguments);
    EXPECT_EQ(counted(0, "dead"), "2");
    EXPECT_NE(redis().text("GET", names.dead_record(0, "q", "e1")).find("first.type"), std::string::npos);
    EXPECT_NE(redis().text("GET", names.dead_record(0, "q", "e2")).find("second.type"), std::string::npos);
}

TEST_F(enqueue_script, nothing_of_a_refused_group_stays) {
    put_in_flight(0, "q", "e1");
    redis()("SET", names.ready(0), "not a set");
    redis()("SET", names.states(1), "not a hash");
    const auto before = everything();
    const texts answer = enqueue(
        {{"e1", "body of e1", "", {{0, "q!"}}}, {"e2", "2", "", {{0, "q!"}}}, {"e3", "3", "", {{1, "q!"}}}});
    for (const std::string& one : answer)
        EXPECT_TRUE(one.starts_with("EWRONGTYPE")) << one;
    EXPECT_EQ(everything(), before) << "the body of the one that is known included";
}

TEST_F(enqueue_script, nothing_of_a_refused_one_of_a_group_stays) {
    put_in_flight(0, "q", "e1");
    redis()("SET", names.queue(0, "q"), "not a list");
    redis()("SADD", names.ready(0), "q");
    const auto before = everything();
    const texts answer = enqueue(
        {{"e1", "body of e1", "", {{0, "q!"}}}, {"e2", "2", "", {{0, "q!"}}}, {"e2", "2", "", {{0, "q!"}}}});
    ASSERT_EQ(answer.size(), 3U);
    EXPECT_EQ(answer[0], "Sa");
    EXPECT_TRUE(answer[1].starts_with("EWRONGTYPE")) << answer[1];
    EXPECT_EQ(answer[2], "Ethe body of the event is not there");
    EXPECT_EQ(everything(), before);
}

TEST_F(enqueue_script, a_group_with_one_that_is_known_goes_one_by_one) {
    put_in_flight(0, "q", "e1");
    EXPECT_EQ(enqueue({{"e0", "0", "", {{0, "q!"}}},
                       {"e1", "body of e1", "", {{0, "q!"}}},
                       {"e2", "2", "", {{0, "q!"}}}}),
              (texts{"Sf", "Sa", "Sf"}));
    EXPECT_EQ(enqueue({{"e3", "3", "", {{0, "q!"}}}, {"e3", "3", "", {{0, "q!"}}}}), (texts{"Sf", "Sa"}))
        << "twins of one group";
    EXPECT_EQ(counted(0, "accepted"), "4");
}

TEST_F(enqueue_script, a_hash_that_is_no_longer_small_is_a_table) {
    std::vector<arrival> events;
    for (int number = 0; number < 63; ++number)
        events.push_back({"e" + std::to_string(number), "x", "", {{0, "q!"}}});
    enqueue(events);
    EXPECT_EQ(redis().text("OBJECT", "ENCODING", names.inflight(0)), "listpack");
    enqueue({{"one more", "x", "", {{0, "q!"}}},
             {"2 more", "x", "", {{0, "q!"}}},
             {"3 more", "x", "", {{0, "q!"}}},
             {"4 more", "x", "", {{0, "q!"}}}});
    for (const std::string& hash : {names.inflight(0), names.states(0)}) {
        EXPECT_EQ(redis().text("OBJECT", "ENCODING", hash), "hashtable") << hash;
        EXPECT_EQ(redis().text("HLEN", hash), "67") << "what made it one is gone from " << hash;
    }
    EXPECT_EQ(redis().text("HGET", names.inflight(0), "q|one more"), "1:T");
}

}  // namespace
}  // namespace postrider::queue
