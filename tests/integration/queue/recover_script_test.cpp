#include "script_story.h"

#include <set>

namespace postrider::queue {
namespace {

class recover_script : public script_story {
 protected:
    std::string step(const std::string& cursor, const texts& held, int most = 256,
                     const std::string& token = "T") {
        texts arguments{token, cursor, std::to_string(most)};
        arguments.insert(arguments.end(), held.begin(), held.end());
        const texts answer = run(script::recover, {0}, arguments);
        return answer.empty() ? "" : answer[0];
    }
};

TEST_F(recover_script, puts_back_what_is_not_held_and_keeps_its_attempt_counted) {
    put_in_flight(0, "q", "e1");
    enqueue({{"e2", "two", "", {{0, "q"}}}});
    EXPECT_EQ(step("0", {}), "- 1 0 0");
    EXPECT_EQ(state(0, "q", "e1"), "q1!1");
    EXPECT_EQ(redis().texts("LRANGE", names.retry_lane(0, "q"), "0", "-1"), texts{"e1"});
    EXPECT_EQ(redis().texts("SMEMBERS", names.ready(0)), texts{"q"});
    EXPECT_EQ(redis().text("EXISTS", names.inflight(0)), "0");
    EXPECT_EQ(claim({{0, "q", 2, 1}})[1], "2:e1!") << "the attempt before never ended";
}

TEST_F(recover_script, leaves_what_is_held_alone) {
    put_in_flight(0, "q", "e1");
    put_in_flight(0, "q", "e2");
    EXPECT_EQ(step("0", {"q|e1"}), "- 1 0 0");
    EXPECT_EQ(state(0, "q", "e1"), "f1");
    EXPECT_EQ(redis().text("HGET", names.inflight(0), "q|e1"), "1:T");
    EXPECT_EQ(step("0", {"q|e1"}), "- 0 0 0");
}

TEST_F(recover_script, stamps_what_is_held_with_the_new_token) {
    put_in_flight(0, "q", "e1");
    put_in_flight(0, "q", "e2");
    redis()("SET", names.token(0), "T2");
    EXPECT_EQ(step("0", {"q|e1"}), "F");
    EXPECT_EQ(step("0", {"q|e1"}, 256, "T2"), "- 1 1 0");
    EXPECT_EQ(redis().text("HGET", names.inflight(0), "q|e1"), "1:T2");
    EXPECT_EQ(state(0, "q", "e1"), "f1");
}

TEST_F(recover_script, takes_out_entries_that_state_knows_nothing_of) {
    put_in_flight(0, "q", "e1");
    redis()("HSET", names.inflight(0), "q|ghost", "1:old", "q|e1", "2:old", "nonsense", "x", "q|odd", "1:T");
    redis()("HSET", names.states(0), "odd", "no state");
    EXPECT_EQ(step("0", {}), "- 0 0 4");
    EXPECT_EQ(redis().text("EXISTS", names.inflight(0), names.retry_lane(0, "q")), "0");
}

TEST_F(recover_script, a_lane_of_the_wrong_kind_keeps_its_entries_and_holds_up_nobody) {
    put_in_flight(0, "a", "e1");
    put_in_flight(0, "b", "e2");
    redis()("SET", names.retry_lane(0, "a"), "not a list");
    EXPECT_EQ(step("0", {}), "- 1 0 1");
    EXPECT_EQ(redis().texts("HKEYS", names.inflight(0)), texts{"a|e1"});
}

TEST_F(recover_script, walks_over_thousands_in_bounded_steps) {
    std::vector<arrival> events;
    std::set<std::string> unheld;
    texts held;
    for (int number = 0; number < 3000; ++number) {
        const std::string id = "e" + std::to_string(number);
        events.push_back({id, "x", "", {{0, "q!"}}});
        if (number % 3 == 0)
            held.push_back("q|" + id);
        else
            unheld.insert(id);
    }
    enqueue(events);
    std::string cursor = "0";
    int steps = 0;
    do {
        const std::string answer = step(cursor, held);
        cursor = answer.substr(0, answer.find(' '));
        EXPECT_LE(std::stoi(answer.substr(answer.find(' ') + 1)), 256);
        ++steps;
    } while (cursor != "-" && steps < 1000);
    EXPECT_GE(steps, 8);
    const texts lane = redis().texts("LRANGE", names.retry_lane(0, "q"), "0", "-1");
    EXPECT_EQ(std::set<std::string>(lane.begin(), lane.end()), unheld);
    EXPECT_EQ(lane.size(), unheld.size());
    EXPECT_EQ(redis().text("HLEN", names.inflight(0)), "1000");
}

TEST_F(recover_script, a_small_table_that_comes_whole_is_cut_too) {
    for (int number = 0; number < 50; ++number)
        put_in_flight(0, "q", "e" + std::to_string(number));
    EXPECT_EQ(step("0", {}, 20), "0 20 0 0");
    EXPECT_EQ(redis().text("HLEN", names.inflight(0)), "30");
    EXPECT_EQ(step("0", {}, 20), "0 20 0 0");
    EXPECT_EQ(step("0", {}, 20), "- 10 0 0");
}

}  // namespace
}  // namespace postrider::queue
