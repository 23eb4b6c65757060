#include "script_story.h"

namespace postrider::queue {
namespace {

using complete_script = script_story;

TEST_F(complete_script, leaves_nothing_of_the_last_delivery) {
    put_in_flight(0, "q", "e1");
    EXPECT_EQ(complete({{0, "q", "e1", "1", {}}}), texts{"A"});
    EXPECT_EQ(redis().text("EXISTS", names.states(0), names.event(0, "e1"), names.inflight(0)), "0");
    EXPECT_EQ(counted(0, "delivered"), "1");
}

TEST_F(complete_script, keeps_the_body_for_the_deliveries_that_are_left) {
    enqueue({{"e1", "one", "", {{0, "q!"}, {0, "p!"}}}});
    EXPECT_EQ(complete({{0, "q", "e1", "1", {}}}), texts{"A"});
    EXPECT_EQ(redis().text("GET", names.event(0, "e1")), stored("one"));
    EXPECT_EQ(state(0, "q", "e1"), "");
    EXPECT_EQ(state(0, "p", "e1"), "f1");
    EXPECT_EQ(redis().texts("HKEYS", names.inflight(0)), texts{"p|e1"});
    EXPECT_EQ(complete({{0, "p", "e1", "1", {}}}), texts{"A"});
    EXPECT_EQ(redis().text("EXISTS", names.event(0, "e1")), "0");
}

TEST_F(complete_script, claims_what_is_next_in_the_same_call) {
    put_in_flight(0, "q", "e1");
    enqueue({{"e2", "two", "", {{0, "q"}}}});
    EXPECT_EQ(complete({{0, "q", "e1", "1", {}}}, {{0, "q", 1}}), (texts{"A", "1 0", "1:e2", stored("two")}));
    EXPECT_EQ(redis().texts("HKEYS", names.inflight(0)), texts{"q|e2"});
}

TEST_F(complete_script, may_end_and_begin_attempts_of_very_many) {
    std::vector<item> items;
    for (int number = 0; number < 256; ++number) {
        const std::string id = "e" + std::to_string(number);
        put_in_flight(0, "q", id);
        items.push_back({0, "q", id, "1", {}});
        enqueue({{"next" + id, "body", "", {{0, "p"}}}});
    }
    const texts answer = complete(items, {{0, "p", 256}});
    ASSERT_EQ(answer.size(), 256u + 1 + 512);
    EXPECT_EQ(answer[256], "256 0");
    EXPECT_EQ(redis().text("HLEN", names.inflight(0)), "256");
}

/// The four settlements answer alike to whoever may not settle.
struct settling {
    std::string name;
    script which;
    texts rest;
};
class every_settlement : public script_story, public ::testing::WithParamInterface<settling> {
 protected:
    texts settle_one(const std::string& attempt, const std::string& token = "T",
                     std::uint32_t partition = 0) {
        if (GetParam().which == script::complete)
            return complete({{partition, "q", "e1", attempt, {}}}, {}, token);
        return settle(GetParam().which, {{partition, "q", "e1", attempt, GetParam().rest}}, token);
    }
};
INSTANTIATE_TEST_SUITE_P(scripts, every_settlement,
                         ::testing::Values(settling{"complete", script::complete, {}},
                                           settling{"retry_later", script::retry_later, {"5000"}},
                                           settling{"bury", script::bury, {"dead", "{}"}},
                                           settling{"hand_back", script::hand_back, {}}),
                         [](const auto& which) { return which.param.name; });

TEST_P(every_settlement, is_applied_once) {
    put_in_flight(0, "q", "e1");
    EXPECT_EQ(settle_one("1"), texts{"A"});
    const auto after = everything();
    EXPECT_EQ(settle_one("1"), texts{"S"});
    EXPECT_EQ(everything(), after) << "a repeat changes nothing";
    EXPECT_EQ(redis().text("EXISTS", names.inflight(0)), "0");
}

TEST_P(every_settlement, of_a_fenced_owner_changes_nothing) {
    put_in_flight(0, "q", "e1");
    redis()("SET", names.token(0), "other");
    const auto before = everything();
    EXPECT_EQ(settle_one("1"), texts{"F"});
    EXPECT_EQ(settle_one("1", ""), texts{"F"});
    EXPECT_EQ(everything(), before);
    redis()("DEL", names.token(0));
    EXPECT_EQ(settle_one("1"), texts{"F"}) << "nor one without an owner";
}

TEST_P(every_settlement, of_another_attempt_changes_nothing) {
    put_in_flight(0, "q", "e1");
    settle(script::retry_later, {{0, "q", "e1", "1", {"0"}}});
    promote({0});
    EXPECT_EQ(settle_one("1"), texts{"S"}) << "queued";
    claim({{0, "q", 1}});
    const auto before = everything();
    EXPECT_EQ(settle_one("1"), texts{"S"}) << "an earlier attempt";
    EXPECT_EQ(settle_one("3"), texts{"S"}) << "an attempt that did not begin";
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(settle_one("2"), texts{"A"});
}

TEST_P(every_settlement, of_what_nobody_stored_changes_nothing) {
    const auto before = everything();
    EXPECT_EQ(settle_one("1"), texts{"S"});
    EXPECT_EQ(everything(), before);
}

TEST_P(every_settlement, of_what_cannot_be_read_is_set_aside) {
    put_in_flight(0, "q", "e1");
    redis()("DEL", names.states(0));
    redis()("SET", names.states(0), "not a hash");
    redis()("SET", names.inflight(1), "not a hash");
    const auto before = everything();
    EXPECT_TRUE(settle_one("1")[0].starts_with("EWRONGTYPE"));
    EXPECT_TRUE(settle_one("1", "T", 1)[0].starts_with("EWRONGTYPE"));
    EXPECT_EQ(everything(), before);
}

TEST_P(every_settlement, of_other_items_goes_on_beside_an_odd_one) {
    put_in_flight(0, "q", "e1");
    put_in_flight(1, "q", "e2");
    put_in_flight(2, "q", "e3");
    put_in_flight(3, "q", "e0");
    redis()("DEL", names.states(3));
    redis()("SET", names.states(3), "not a hash");
    redis()("SET", names.token(1), "other");
    std::vector<item> items;
    for (const auto& [partition, id] : std::vector<std::pair<std::uint32_t, std::string>>{
             {3, "e0"}, {0, "e1"}, {1, "e2"}, {2, "e3"}, {2, "unknown"}})
        items.push_back({partition, "q", id, "1", GetParam().rest});
    texts answer = GetParam().which == script::complete ? complete(items) : settle(GetParam().which, items);
    ASSERT_EQ(answer.size(), 5u);
    EXPECT_TRUE(answer[0].starts_with("EWRONGTYPE"));
    answer.erase(answer.begin());
    EXPECT_EQ(answer, (texts{"A", "F", "A", "S"}));
}

using retry_later_script = script_story;

TEST_F(retry_later_script, sets_the_time_by_the_clock_of_redis) {
    put_in_flight(0, "q", "e1");
    put_in_flight(0, "q", "e2");
    const auto now = redis().texts("TIME");
    const auto now_ms = std::stoll(now[0]) * 1000 + std::stoll(now[1]) / 1000;
    EXPECT_EQ(settle(script::retry_later, {{0, "q", "e1", "1", {"86400000"}}, {0, "q", "e2", "1", {"5000"}}}),
              (texts{"A", "A"}));
    EXPECT_EQ(state(0, "q", "e1"), "r1");
    const auto due = std::stoll(redis().text("ZSCORE", names.retry(0, "q"), "e2"));
    EXPECT_GE(due, now_ms + 5000);
    EXPECT_LE(due, now_ms + 5000 + 2000);
    EXPECT_EQ(redis().text("ZSCORE", names.due(0), "q"), std::to_string(due)) << "the earliest of both";
    EXPECT_EQ(redis().text("EXISTS", names.inflight(0)), "0");
}

TEST_F(retry_later_script, a_schedule_of_the_wrong_kind_is_set_aside) {
    put_in_flight(0, "q", "e1");
    redis()("SET", names.retry(0, "q"), "not a zset");
    EXPECT_TRUE(settle(script::retry_later, {{0, "q", "e1", "1", {"5"}}})[0].starts_with("EWRONGTYPE"));
    EXPECT_EQ(state(0, "q", "e1"), "f1");
    EXPECT_EQ(redis().text("HLEN", names.inflight(0)), "1");
}

using bury_script = script_story;

TEST_F(bury_script, keeps_record_and_body) {
    put_in_flight(0, "q", "e1");
    EXPECT_EQ(settle(script::bury, {{0, "q", "e1", "1", {"dead", "{\"reason\":\"gone\"}"}}}), texts{"A"});
    EXPECT_EQ(state(0, "q", "e1"), "d1");
    EXPECT_EQ(redis().text("GET", names.dead_record(0, "q", "e1")), "{\"reason\":\"gone\"}");
    EXPECT_EQ(redis().texts("ZRANGE", names.all_dead(0), "0", "-1"), texts{"q|e1"});
    EXPECT_EQ(redis().texts("ZRANGE", names.dead(0, "q"), "0", "-1"), texts{"e1"});
    EXPECT_EQ(redis().text("GET", names.event(0, "e1")), stored("body of e1"));
    EXPECT_EQ(redis().text("EXISTS", names.inflight(0)), "0");
    EXPECT_EQ(counted(0, "dead"), "1");
}

TEST_F(bury_script, holds_the_body_when_the_others_are_delivered) {
    enqueue({{"e1", "one", "", {{0, "q!"}, {0, "p!"}}}});
    settle(script::bury, {{0, "q", "e1", "1", {"expired", "{}"}}});
    complete({{0, "p", "e1", "1", {}}});
    EXPECT_EQ(redis().text("GET", names.event(0, "e1")), stored("one"));
    EXPECT_EQ(counted(0, "expired"), "1");
    EXPECT_EQ(counted(0, "dead"), "");
}

using hand_back_script = script_story;

TEST_F(hand_back_script, puts_them_at_the_head_of_their_lanes_without_counting_the_attempt) {
    put_in_flight(0, "q", "e1");
    put_in_flight(0, "q", "e2");
    enqueue({{"e3", "3", "", {{0, "q"}}}});
    EXPECT_EQ(settle(script::hand_back, {{0, "q", "e1", "1", {}}, {0, "q", "e2", "1", {}}}),
              (texts{"A", "A"}));
    EXPECT_EQ(state(0, "q", "e1"), "q0");
    EXPECT_EQ(redis().texts("LRANGE", names.queue(0, "q"), "0", "-1"), (texts{"e1", "e2", "e3"}));
    EXPECT_EQ(redis().text("EXISTS", names.inflight(0)), "0");
    EXPECT_EQ(claim({{0, "q", 1}})[1], "1:e1");
}

TEST_F(hand_back_script, a_retry_goes_back_to_the_lane_of_retries_and_wakes_it) {
    put_in_flight(0, "q", "e1");
    settle(script::retry_later, {{0, "q", "e1", "1", {"0"}}});
    promote({0});
    ASSERT_EQ(claim({{0, "q", 1}})[1], "2:e1");
    EXPECT_EQ(settle(script::hand_back, {{0, "q", "e1", "2", {}}}), texts{"A"});
    EXPECT_EQ(state(0, "q", "e1"), "q1");
    EXPECT_EQ(redis().texts("LRANGE", names.retry_lane(0, "q"), "0", "-1"), texts{"e1"});
    EXPECT_EQ(redis().texts("SMEMBERS", names.ready(0)), texts{"q"});
}

using settle_scripts = script_story;

TEST_F(settle_scripts, a_group_of_completions_tells_apart_what_is_not_like_the_others) {
    for (const std::string id : {"e1", "e2", "e3"})
        put_in_flight(0, "q", id);
    ASSERT_EQ(enqueue({{"fan", "out", "", {{0, "q!"}, {0, "p!"}}}}), texts{"Sff"});
    EXPECT_EQ(complete({{0, "q", "e1", "1", {}},
                        {0, "q", "e1", "1", {}},
                        {0, "q", "e2", "2", {}},
                        {0, "q", "fan", "1", {}},
                        {0, "q", "e3", "1", {}}}),
              (texts{"A", "S", "S", "A", "A"}));
    EXPECT_EQ(state(0, "q", "e2"), "f1");
    EXPECT_EQ(state(0, "p", "fan"), "f1") << "its other delivery stays, with the body";
    EXPECT_EQ(redis().text("EXISTS", names.event(0, "e1"), names.event(0, "e2"), names.event(0, "fan")), "2");
    EXPECT_EQ(redis().text("HLEN", names.inflight(0)), "2");
    EXPECT_EQ(counted(0, "delivered"), "3");
    EXPECT_EQ(complete({{0, "p", "fan", "1", {}}, {0, "q", "e2", "1", {}}}), (texts{"A", "A"}));
    EXPECT_EQ(redis().text("EXISTS", names.states(0), names.inflight(0), names.event(0, "fan")), "0");
}

TEST_F(settle_scripts, completions_of_many_partitions_queues_and_attempts_share_a_call) {
    put_in_flight(0, "q", "again");
    settle(script::retry_later, {{0, "q", "again", "1", {"0"}}});
    promote({0});
    ASSERT_EQ(claim({{0, "q", 1}})[1], "2:again");
    put_in_flight(1, "q", "alone");
    put_in_flight(0, "q", "e1");
    put_in_flight(0, "p", "e2");
    put_in_flight(2, "q", "other");
    enqueue({{"next", "n", "", {{3, "q"}}}});
    EXPECT_EQ(complete({{0, "q", "again", "2", {}},
                        {1, "q", "alone", "1", {}},
                        {0, "q", "e1", "1", {}},
                        {2, "q", "unknown", "1", {}},
                        {0, "p", "e2", "1", {}},
                        {2, "q", "other", "1", {}}},
                       {{3, "q", 1}}),
              (texts{"A", "A", "A", "S", "A", "A", "1 0", "1:next", stored("n")}));
    for (const std::uint32_t partition : {0U, 1U, 2U})
        EXPECT_EQ(redis().text("EXISTS", names.states(partition), names.inflight(partition)), "0");
    EXPECT_EQ(counted(0, "delivered") + counted(1, "delivered") + counted(2, "delivered"), "311");
    EXPECT_EQ(redis().texts("HKEYS", names.inflight(3)), texts{"q|next"});
}

TEST_F(settle_scripts, completions_change_nothing_where_only_what_is_in_flight_cannot_be_read) {
    for (const std::string id : {"e1", "e2"})
        put_in_flight(0, "q", id);
    put_in_flight(1, "q", "alone");
    put_in_flight(2, "q", "well");
    for (const std::uint32_t partition : {0U, 1U}) {
        redis()("DEL", names.inflight(partition));
        redis()("SET", names.inflight(partition), "not a hash");
    }
    auto before = everything();
    const texts answer = complete({{0, "q", "e1", "1", {"a record", "10"}},
                                   {0, "q", "e2", "1", {"a record", "10"}},
                                   {1, "q", "alone", "1", {"a record", "10"}},
                                   {2, "q", "well", "1", {}}});
    ASSERT_EQ(answer.size(), 4u);
    for (const std::size_t at : {0U, 1U, 2U})
        EXPECT_TRUE(answer[at].starts_with("EWRONGTYPE")) << answer[at];
    EXPECT_EQ(answer[3], "A");
    for (const auto& key : {names.states(2), names.inflight(2), names.event(2, "well"), names.counts(2)})
        before.erase(key);
    auto after = everything();
    after.erase(names.counts(2));
    EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace postrider::queue
