#include "script_story.h"

namespace postrider::queue {
namespace {

using claim_script = script_story;

TEST_F(claim_script, gives_the_oldest_first_and_begins_their_attempts) {
    enqueue({{"e1", "one", "", {{0, "q"}}}, {"e2", "two", "", {{0, "q"}}}, {"e3", "3", "", {{0, "q"}}}});
    EXPECT_EQ(claim({{0, "q", 2}}), (texts{"2 1", "1:e1", stored("one"), "1:e2", stored("two")}));
    EXPECT_EQ(state(0, "q", "e1"), "f1");
    EXPECT_EQ(redis().text("HGET", names.inflight(0), "q|e2"), "1:T");
    EXPECT_EQ(redis().texts("LRANGE", names.queue(0, "q"), "0", "-1"), texts{"e3"});
    EXPECT_EQ(redis().texts("SMEMBERS", names.ready(0)), texts{"q"});
}

TEST_F(claim_script, the_last_one_puts_the_queue_to_sleep) {
    enqueue({{"e1", "one", "", {{0, "q"}}}});
    EXPECT_EQ(claim({{0, "q", 5}}), (texts{"1 0", "1:e1", stored("one")}));
    EXPECT_EQ(redis().text("EXISTS", names.ready(0), names.queue(0, "q")), "0");
}

TEST_F(claim_script, an_empty_queue_gives_nothing_and_is_put_to_sleep) {
    redis()("SADD", names.ready(0), "q");
    EXPECT_EQ(claim({{0, "q", 5}}), texts{"0 0"});
    EXPECT_EQ(redis().text("EXISTS", names.ready(0)), "0");
}

TEST_F(claim_script, serves_several_queues_and_partitions_in_one_call) {
    enqueue({{"e1", "one", "", {{0, "q"}, {1, "p"}}}});
    EXPECT_EQ(claim({{0, "q", 1}, {3, "none", 1}, {1, "p", 1}}),
              (texts{"1 0", "1:e1", stored("one"), "0 0", "1 0", "1:e1", stored("one")}));
}

TEST_F(claim_script, is_fenced_by_another_token_partition_by_partition) {
    enqueue({{"e1", "one", "", {{0, "q"}, {1, "p"}}}});
    redis()("SET", names.token(0), "other");
    redis()("DEL", names.token(2));
    EXPECT_EQ(claim({{0, "q", 1}, {1, "p", 1}, {2, "r", 1}}),
              (texts{"F", "1 0", "1:e1", stored("one"), "F"}));
    EXPECT_EQ(state(0, "q", "e1"), "q0");
    EXPECT_EQ(redis().text("LLEN", names.queue(0, "q")), "1");
}

TEST_F(claim_script, leaves_out_bodies_that_were_read_beside_it) {
    enqueue({{"e1", "one", "", {{0, "q"}}}, {"e2", "two", "", {{0, "q"}}}, {"e3", "3", "", {{0, "q"}}}});
    EXPECT_EQ(claim({{0, "q", 2, 0, "e1\ne2\ne3"}}), texts{"B2 1 1"});
    EXPECT_EQ(state(0, "q", "e2"), "f1");
    EXPECT_EQ(redis().text("HGET", names.inflight(0), "q|e2"), "1:T");
    EXPECT_EQ(claim({{0, "q", 2, 0, "e3"}}), texts{"B1 0 1"});
    EXPECT_EQ(redis().text("EXISTS", names.ready(0), names.queue(0, "q")), "0");
}

TEST_F(claim_script, reads_the_bodies_itself_where_others_were_expected) {
    enqueue({{"e1", "one", "", {{0, "q"}}}, {"e2", "two", "", {{0, "q"}}}});
    const texts both{"2 0", "1:e1", stored("one"), "1:e2", stored("two")};
    for (const char* expected : {"e1", "e2\ne1", "e1\ne22", "e0\ne1\ne2", "e1\n"}) {
        EXPECT_EQ(claim({{0, "q", 2, 0, expected}}), both) << expected;
        settle(script::hand_back, {{0, "q", "e1", "1", {}}, {0, "q", "e2", "1", {}}});
    }
}

class claim_lanes : public script_story {
 protected:
    /// `new_ones` queued events n1…, and `retries` that came due r1….
    void fill(int new_ones, int retries) {
        for (int number = 1; number <= retries; ++number) {
            const std::string id = "r" + std::to_string(number);
            put_in_flight(0, "q", id);
            settle(script::retry_later, {{0, "q", id, "1", {"0"}}});
            promote({0});
            redis()("SREM", names.ready(0), "q");
        }
        for (int number = 1; number <= new_ones; ++number)
            enqueue({{"n" + std::to_string(number), "new", "", {{0, "q"}}}});
        redis()("SADD", names.ready(0), "q");
    }
    std::string ids(const texts& answer) {
        std::string all;
        for (std::size_t index = 1; index < answer.size(); index += 2)
            all += answer[index] + ' ';
        return all;
    }
};

TEST_F(claim_lanes, take_turns) {
    fill(3, 3);
    EXPECT_EQ(ids(claim({{0, "q", 4}})), "1:n1 2:r1 1:n2 2:r2 ");
    EXPECT_EQ(ids(claim({{0, "q", 4}})), "1:n3 2:r3 ");
}

TEST_F(claim_lanes, begin_with_the_one_that_the_caller_names) {
    fill(2, 2);
    EXPECT_EQ(ids(claim({{0, "q", 1, 1}})), "2:r1 ");
    EXPECT_EQ(ids(claim({{0, "q", 1, 0}})), "1:n1 ");
    EXPECT_EQ(ids(claim({{0, "q", 2, 1}})), "2:r2 1:n2 ");
}

TEST_F(claim_lanes, go_on_alone_where_the_other_is_empty) {
    fill(1, 3);
    EXPECT_EQ(ids(claim({{0, "q", 8}})), "1:n1 2:r1 2:r2 2:r3 ");
    EXPECT_EQ(redis().text("EXISTS", names.ready(0), names.retry_lane(0, "q")), "0");
}

TEST_F(claim_lanes, retries_alone_begin_their_next_attempts) {
    fill(0, 2);
    EXPECT_EQ(ids(claim({{0, "q", 2}})), "2:r1 2:r2 ");
    EXPECT_EQ(state(0, "q", "r1"), "f2");
    EXPECT_EQ(redis().text("HGET", names.inflight(0), "q|r2"), "2:T");
    EXPECT_EQ(redis().text("EXISTS", names.retry_lane(0, "q"), names.ready(0)), "0");
}

TEST_F(claim_lanes, retries_of_unlike_attempts_are_given_together) {
    fill(0, 2);
    ASSERT_EQ(ids(claim({{0, "q", 1}})), "2:r1 ");
    settle(script::retry_later, {{0, "q", "r1", "2", {"0"}}});
    promote({0});
    EXPECT_EQ(ids(claim({{0, "q", 2}})), "2:r2 3:r1 ");
    EXPECT_EQ(state(0, "q", "r1"), "f3");
}

TEST_F(claim_script, stops_at_the_bytes_but_gives_at_least_one) {
    const std::string large(100, 'x');
    enqueue({{"e1", large, "", {{0, "q"}}}, {"e2", large, "", {{0, "q"}}}, {"e3", large, "", {{0, "q"}}}});
    EXPECT_EQ(claim({{0, "q", 3}}, 256, 10), (texts{"1 1", "1:e1", stored(large)}));
    EXPECT_EQ(claim({{0, "q", 3}}, 256, 200), (texts{"1 1", "1:e2", stored(large)}));
    enqueue({{"e4", large, "", {{1, "p"}}}});
    EXPECT_EQ(claim({{0, "q", 3}, {1, "p", 3}}, 256, 130), (texts{"1 0", "1:e3", stored(large), "0 1"}));
    EXPECT_EQ(redis().texts("SMEMBERS", names.ready(1)), texts{"p"});
}

TEST_F(claim_script, one_that_is_refused_takes_no_bytes_of_the_others) {
    const std::string large(100, 'x');
    enqueue({{"e1", large, "", {{0, "q"}}}, {"e2", large, "", {{1, "p"}}}});
    redis()("DEL", names.ready(0));
    redis()("SET", names.ready(0), "not a set");
    const texts answer = claim({{0, "q", 1}, {1, "p", 1}}, 256, 10);
    ASSERT_EQ(answer.size(), 4U);
    EXPECT_TRUE(answer[0].starts_with("EWRONGTYPE")) << answer[0];
    EXPECT_EQ(answer[1], "1 0");
    EXPECT_EQ(list(names.queue(0, "q")), texts{"e1"});
}

TEST_F(claim_script, stops_at_the_most_of_the_call) {
    enqueue({{"e1", "1", "", {{0, "q"}, {1, "p"}}}, {"e2", "2", "", {{0, "q"}, {1, "p"}}}});
    const texts answer = claim({{0, "q", 2}, {1, "p", 2}}, 3);
    EXPECT_EQ(answer[0], "2 0");
    EXPECT_EQ(answer[5], "1 1");
    EXPECT_EQ(claim({{1, "p", 2}}, 0), texts{"0 1"});
}

TEST_F(claim_script, gives_a_delivery_without_a_body_so_that_it_can_be_buried) {
    enqueue({{"e1", "one", "", {{0, "q"}}}, {"e2", "two", "", {{0, "q"}}}, {"e3", "3", "", {{0, "q"}}}});
    redis()("DEL", names.event(0, "e1"));
    redis()("DEL", names.event(0, "e2"));
    redis()("LPUSH", names.event(0, "e2"), "not a string");
    EXPECT_EQ(claim({{0, "q", 9}}), (texts{"3 0", "1:e1", "", "1:e2", "", "1:e3", stored("3")}));
}

TEST_F(claim_script, takes_strays_out_of_the_queue_and_goes_on) {
    enqueue({{"e1", "one", "", {{0, "q"}}}});
    put_in_flight(0, "p", "flying");
    redis()("HSET", names.states(0), "odd", "no state");
    redis()("LPUSH", names.queue(0, "q"), "ghost", "odd", "e1");  // e1 is in it twice now
    EXPECT_EQ(claim({{0, "q", 9}}), (texts{"1 0 odd ghost e1", "1:e1", stored("one")}));
    EXPECT_EQ(state(0, "q", "e1"), "f1");
    EXPECT_EQ(redis().text("EXISTS", names.queue(0, "q")), "0");
}

TEST_F(claim_script, a_queue_of_the_wrong_kind_spoils_its_claim_alone) {
    redis()("SET", names.queue(0, "q"), "not a list");
    enqueue({{"e1", "one", "", {{0, "p"}}}});
    const texts answer = claim({{0, "q", 1}, {0, "p", 1}});
    EXPECT_TRUE(answer[0].starts_with("EWRONGTYPE")) << answer[0];
    EXPECT_EQ(answer[1], "1 0");
}

TEST_F(claim_script, counts_every_attempt_that_began) {
    enqueue({{"e1", "one", "", {{0, "q"}}}});
    for (int attempt = 1; attempt <= 12; ++attempt) {
        const std::string number = std::to_string(attempt);
        EXPECT_EQ(claim({{0, "q", 1}})[1], number + ":e1");
        EXPECT_EQ(settle(script::retry_later, {{0, "q", "e1", number, {"0"}}}), texts{"A"});
        EXPECT_EQ(promote({0}), (texts{"-1 1 0 1", "q"}));
    }
}

TEST_F(claim_script, gives_many_as_long_as_their_bytes_may) {
    std::vector<arrival> events;
    for (int number = 0; number < 90; ++number)
        events.push_back({"e" + std::to_string(number), "0123456789", "", {{0, "q"}}});
    enqueue(events);
    const auto bytes_of_40 = static_cast<int>(40 * stored("0123456789").size());
    const texts some = claim({{0, "q", 80}}, 256, bytes_of_40);
    ASSERT_EQ(some.size(), 81U);
    EXPECT_EQ(some[0], "40 1");
    EXPECT_EQ(some[79], "1:e39");
    const texts rest = claim({{0, "q", 80}});
    ASSERT_EQ(rest.size(), 101U);
    EXPECT_EQ(rest[0], "50 0");
    EXPECT_EQ(rest[1], "1:e40");
    EXPECT_EQ(rest[100], stored("0123456789"));
    EXPECT_EQ(state(0, "q", "e89"), "f1");
    EXPECT_EQ(redis().text("HGET", names.inflight(0), "q|e40"), "1:T");
    EXPECT_EQ(redis().text("HLEN", names.inflight(0)), "90");
}

}  // namespace
}  // namespace postrider::queue
