#include "script_story.h"

namespace postrider::queue {
namespace {

/// Hashes of ordering keys, as the program makes them.
const std::string red = "redredredre";
const std::string blue = "bluebluebl_";

class order_scripts : public script_story {
 protected:
    texts arrive(const std::string& id, const std::string& queue, const std::string& key) {
        return enqueue({{id, "body of " + id, "", {{0, queue}}, 0, key}});
    }
    texts line(const std::string& key) { return list(names.order(0, "q", key)); }
    std::string parked() { return redis().text("HGET", names.parked(0), "q"); }
    void expect_no_line() {
        EXPECT_EQ(redis().text("EXISTS", names.order(0, "q", red), names.parked(0)), "0");
    }
};

TEST_F(order_scripts, the_first_of_a_key_goes_in_flight_and_the_others_are_parked) {
    EXPECT_EQ(arrive("e1", "q!", red), texts{"Sf"});
    EXPECT_EQ(arrive("e2", "q!", red), texts{"Sp"});
    EXPECT_EQ(arrive("e3", "q!", blue), texts{"Sf"}) << "another key";
    EXPECT_EQ(arrive("e4", "q!", ""), texts{"Sf"}) << "no key";
    EXPECT_EQ(arrive("e5", "q", red), texts{"Sp"});
    EXPECT_EQ(state(0, "q", "e1"), "f1:" + red);
    EXPECT_EQ(state(0, "q", "e2"), "p0:" + red);
    EXPECT_EQ(line(red), (texts{"e1", "e2", "e5"}));
    EXPECT_EQ(line(blue), texts{"e3"});
    EXPECT_EQ(parked(), "2");
    EXPECT_EQ(redis().text("EXISTS", names.queue(0, "q"), names.ready(0)), "0") << "nothing to wake for";
    EXPECT_EQ(counted(0, "accepted"), "5");
}

TEST_F(order_scripts, those_of_one_call_and_of_one_queue_only_are_in_line) {
    EXPECT_EQ(enqueue({{"e1", "1", "", {{0, "q"}, {0, "p!"}}, 0, red},
                       {"e2", "2", "", {{0, "q!"}, {0, "p!"}, {1, "q!"}}, 0, red}}),
              (texts{"Srf", "Sppf"}));
    EXPECT_EQ(line(red), (texts{"e1", "e2"}));
    EXPECT_EQ(list(names.order(0, "p", red)), (texts{"e1", "e2"}));
    EXPECT_EQ(list(names.order(1, "q", red)), texts{"e2"});
    EXPECT_EQ(list(names.queue(0, "q")), texts{"e1"});
}

TEST_F(order_scripts, a_completion_sets_the_next_free) {
    arrive("e1", "q!", red);
    arrive("e2", "q!", red);
    arrive("e3", "q!", red);
    EXPECT_EQ(complete({{0, "q", "e1", "1", {}}}), texts{"AW"}) << "the queue had had no work";
    EXPECT_EQ(state(0, "q", "e2"), "q0:" + red);
    EXPECT_EQ(list(names.queue(0, "q")), texts{"e2"});
    EXPECT_EQ(redis().texts("SMEMBERS", names.ready(0)), texts{"q"});
    EXPECT_EQ(line(red), (texts{"e2", "e3"}));
    EXPECT_EQ(parked(), "1");
    EXPECT_EQ(claim({{0, "q", 8}}), (texts{"1 0", "1:e2", stored("body of e2")}));
    EXPECT_EQ(state(0, "q", "e2"), "f1:" + red);
    EXPECT_EQ(complete({{0, "q", "e2", "1", {}}}, {{0, "q", 8}}),
              (texts{"AW", "1 0", "1:e3", stored("body of e3")}))
        << "claimed in the same call";
    EXPECT_EQ(complete({{0, "q", "e3", "1", {}}}), texts{"A"});
    expect_no_line();
    EXPECT_EQ(redis().text("EXISTS", names.states(0), names.event(0, "e3"), names.ready(0)), "0");
}

TEST_F(order_scripts, a_queue_that_has_work_is_not_woken_again) {
    arrive("e1", "q!", red);
    arrive("e2", "q", red);
    arrive("e3", "q", "");
    EXPECT_EQ(complete({{0, "q", "e1", "1", {}}}), texts{"A"});
    EXPECT_EQ(list(names.queue(0, "q")), (texts{"e3", "e2"}));
}

TEST_F(order_scripts, a_death_sets_the_next_free) {
    arrive("e1", "q!", red);
    arrive("e2", "q", red);
    EXPECT_EQ(settle(script::bury, {{0, "q", "e1", "1", {"dead", "{}"}}}), texts{"AW"});
    EXPECT_EQ(state(0, "q", "e1"), "d1:" + red) << "its key is known to a replay";
    EXPECT_EQ(state(0, "q", "e2"), "q0:" + red);
    EXPECT_EQ(line(red), texts{"e2"});
    EXPECT_EQ(redis().text("EXISTS", names.parked(0)), "0");
}

TEST_F(order_scripts, a_retry_keeps_its_key_busy_until_it_ends) {
    arrive("e1", "q!", red);
    arrive("e2", "q", red);
    EXPECT_EQ(settle(script::retry_later, {{0, "q", "e1", "1", {"0"}}}), texts{"A"});
    EXPECT_EQ(state(0, "q", "e1"), "r1:" + red);
    EXPECT_EQ(arrive("e3", "q!", red), texts{"Sp"});
    EXPECT_EQ(promote({0}), (texts{"-1 1 0 1", "q"}));
    EXPECT_EQ(state(0, "q", "e1"), "q1:" + red);
    EXPECT_EQ(claim({{0, "q", 8}}), (texts{"1 0", "2:e1", stored("body of e1")})) << "e2 waits still";
    EXPECT_EQ(state(0, "q", "e1"), "f2:" + red);
    EXPECT_EQ(line(red), (texts{"e1", "e2", "e3"}));
    EXPECT_EQ(complete({{0, "q", "e1", "1", {}}}), texts{"S"});
    EXPECT_EQ(complete({{0, "q", "e1", "2", {}}}), texts{"AW"});
    EXPECT_EQ(line(red), (texts{"e2", "e3"}));
}

TEST_F(order_scripts, a_hand_back_keeps_its_key_busy) {
    arrive("e1", "q!", red);
    arrive("e2", "q", red);
    EXPECT_EQ(settle(script::hand_back, {{0, "q", "e1", "1", {}}}), texts{"A"});
    EXPECT_EQ(state(0, "q", "e1"), "q0:" + red);
    EXPECT_EQ(claim({{0, "q", 8}})[1], "1:e1");
    EXPECT_EQ(parked(), "1");
}

TEST_F(order_scripts, a_new_owner_finds_the_key_busy) {
    arrive("e1", "q!", red);
    arrive("e2", "q", red);
    redis()("SET", names.token(0), "T2");
    EXPECT_EQ(run(script::recover, {0}, {"T2", "0", "256"}), texts{"- 1 0 0"});
    EXPECT_EQ(state(0, "q", "e1"), "q1:" + red + "!1");
    EXPECT_EQ(enqueue({{"e3", "3", "", {{0, "q!"}}, 0, red}}, "T2"), texts{"Sp"});
    EXPECT_EQ(complete({{0, "q", "e1", "1", {}}}), texts{"F"}) << "the owner before";
    EXPECT_EQ(complete({}, {{0, "q", 8}}, "T2"), (texts{"1 0", "2:e1!", stored("body of e1")}));
    EXPECT_EQ(complete({{0, "q", "e1", "2", {}}}, {{0, "q", 8}}, "T2"),
              (texts{"AW", "1 0", "1:e2", stored("body of e2")}));
    EXPECT_EQ(line(red), (texts{"e2", "e3"}));
}

TEST_F(order_scripts, a_dead_one_that_comes_again_is_the_last_in_line) {
    arrive("e1", "q!", red);
    arrive("e2", "q", red);
    settle(script::bury, {{0, "q", "e1", "1", {"dead", "{}"}}});
    EXPECT_EQ(arrive("e1", "q!", red), texts{"Sp"});
    EXPECT_EQ(state(0, "q", "e1"), "p0:" + red + "@1700000000000");
    EXPECT_EQ(line(red), (texts{"e2", "e1"}));
}

TEST_F(order_scripts, who_is_parked_no_more_is_passed_over) {
    for (const std::string id : {"e1", "e2", "e3", "e4"})
        arrive(id, "q!", red);
    redis()("HDEL", names.states(0), "e2");
    redis()("HSET", names.states(0), "e3", "q d1:" + red);
    EXPECT_EQ(complete({{0, "q", "e1", "1", {}}}), texts{"AW"});
    EXPECT_EQ(line(red), texts{"e4"});
    EXPECT_EQ(state(0, "q", "e4"), "q0:" + red);
}

TEST_F(order_scripts, whose_turn_it_is_already_is_left_alone) {
    arrive("e1", "q!", red);
    arrive("e2", "q!", red);
    redis()("HSET", names.states(0), "e2", "q r3:" + red);
    EXPECT_EQ(complete({{0, "q", "e1", "1", {}}}), texts{"A"});
    EXPECT_EQ(line(red), texts{"e2"});
    EXPECT_EQ(state(0, "q", "e2"), "r3:" + red);
}

TEST_F(order_scripts, not_being_the_first_it_leaves_the_first_alone) {
    arrive("e1", "q!", red);
    arrive("e2", "q!", red);
    redis()("HSET", names.states(0), "e2", "q f1:" + red);
    EXPECT_EQ(complete({{0, "q", "e2", "1", {}}}), texts{"A"});
    EXPECT_EQ(line(red), texts{"e1"});
    EXPECT_EQ(state(0, "q", "e1"), "f1:" + red);
}

TEST_F(order_scripts, a_line_that_cannot_be_read_sets_its_items_aside) {
    arrive("e1", "q!", red);
    redis()("DEL", names.order(0, "q", red));
    redis()("SET", names.order(0, "q", red), "not a list");
    const auto before = everything();
    EXPECT_TRUE(arrive("e2", "q!", red)[0].starts_with("EWRONGTYPE"));
    EXPECT_TRUE(complete({{0, "q", "e1", "1", {}}})[0].starts_with("EWRONGTYPE"));
    EXPECT_TRUE(settle(script::bury, {{0, "q", "e1", "1", {"dead", "{}"}}})[0].starts_with("EWRONGTYPE"));
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(arrive("e3", "q!", blue), texts{"Sf"});
}

TEST_F(order_scripts, parked_of_the_wrong_kind_sets_its_items_aside) {
    arrive("e1", "q!", red);
    redis()("SET", names.parked(0), "not a hash");
    const auto before = everything();
    EXPECT_TRUE(arrive("e2", "q!", red)[0].starts_with("EWRONGTYPE"));
    EXPECT_TRUE(complete({{0, "q", "e1", "1", {}}})[0].starts_with("EWRONGTYPE"));
    EXPECT_EQ(everything(), before);
}

TEST_F(order_scripts, depths_count_what_is_parked) {
    arrive("e1", "q!", red);
    arrive("e2", "q!", red);
    arrive("e3", "q", "");
    EXPECT_EQ(run(script::depths, {0}, {"1", "q"})[0], "2");
}

// What a replay writes: the state has its time.
TEST_F(order_scripts, the_time_of_a_replay_stays_and_is_told_by_every_claim) {
    for (const std::string& suffix : texts{"@1234567890123", ":" + red + "@1234567890123"}) {
        SetUp();
        arrive("e1", "q", "");
        redis()("HSET", names.states(0), "e1", "q q0" + suffix);
        EXPECT_EQ(claim({{0, "q", 1}})[1], "1:e1@1234567890123");
        EXPECT_EQ(state(0, "q", "e1"), "f1" + suffix);
        EXPECT_EQ(settle(script::retry_later, {{0, "q", "e1", "1", {"0"}}}), texts{"A"});
        EXPECT_EQ(state(0, "q", "e1"), "r1" + suffix);
        promote({0});
        EXPECT_EQ(state(0, "q", "e1"), "q1" + suffix);
        EXPECT_EQ(claim({{0, "q", 1}})[1], "2:e1@1234567890123");
        EXPECT_EQ(run(script::recover, {0}, {"T", "0", "256"}), texts{"- 1 0 0"});
        EXPECT_EQ(state(0, "q", "e1"), "q2" + suffix + "!2");
        EXPECT_EQ(claim({{0, "q", 1}})[1], "3:e1@1234567890123!");
        EXPECT_EQ(settle(script::hand_back, {{0, "q", "e1", "3", {}}}), texts{"A"});
        EXPECT_EQ(claim({{0, "q", 1}})[1], "3:e1@1234567890123!");
        EXPECT_EQ(settle(script::bury, {{0, "q", "e1", "3", {"dead", "{}"}}}), texts{"A"});
        EXPECT_EQ(state(0, "q", "e1"), "d3" + suffix + "!2");
    }
}

TEST_F(order_scripts, a_state_that_is_none_is_a_stray) {
    arrive("e1", "q", "");
    for (const std::string odd : {"q", "q0junk", "q0:", "q0:a@", "x0", "q0@12:abc"}) {
        redis()("HSET", names.states(0), "e1", "q " + odd);
        redis()("DEL", names.queue(0, "q"));
        redis()("RPUSH", names.queue(0, "q"), "e1");
        EXPECT_EQ(claim({{0, "q", 1}}), texts{"0 0 e1"}) << odd;
    }
}

}  // namespace
}  // namespace postrider::queue
