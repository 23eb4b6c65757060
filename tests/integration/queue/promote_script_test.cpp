#include "script_story.h"

#include <algorithm>

namespace postrider::queue {
namespace {

class promote_script : public script_story {
 protected:
    void retry(std::uint32_t partition, const std::string& queue, const std::string& id,
               const std::string& delay) {
        put_in_flight(partition, queue, id);
        ASSERT_EQ(settle(script::retry_later, {{partition, queue, id, "1", {delay}}}), texts{"A"});
    }
};

TEST_F(promote_script, moves_what_is_due_and_tells_when_the_next_will_be) {
    retry(0, "q", "e1", "0");
    retry(0, "q", "e2", "0");
    retry(0, "q", "later", "60000");
    const texts answer = promote({0, 1});
    ASSERT_EQ(answer.size(), 3u);
    EXPECT_EQ(answer[0].substr(answer[0].find(' ')), " 2 0 1");
    const int next = std::stoi(answer[0]);
    EXPECT_GT(next, 50000);
    EXPECT_LE(next, 60000);
    EXPECT_EQ(answer[1], "q");
    EXPECT_EQ(answer[2], "-1 0 0 0");

    EXPECT_EQ(state(0, "q", "e1"), "q1");
    EXPECT_EQ(redis().texts("LRANGE", names.retry_lane(0, "q"), "0", "-1"), (texts{"e1", "e2"}));
    EXPECT_EQ(redis().texts("ZRANGE", names.retry(0, "q"), "0", "-1"), texts{"later"});
    EXPECT_EQ(redis().text("ZSCORE", names.due(0), "q"),
              redis().text("ZSCORE", names.retry(0, "q"), "later"));
    EXPECT_EQ(redis().texts("SMEMBERS", names.ready(0)), texts{"q"});
}

TEST_F(promote_script, wakes_only_queues_that_were_empty) {
    retry(0, "q", "e1", "0");
    enqueue({{"e2", "two", "", {{0, "q"}}}});
    EXPECT_EQ(promote({0}), texts{"-1 1 0 0"});
    EXPECT_EQ(redis().text("EXISTS", names.due(0), names.retry(0, "q")), "0");
}

TEST_F(promote_script, before_its_time_nothing_moves) {
    retry(0, "q", "e1", "60000");
    const auto before = everything();
    promote({0});
    EXPECT_EQ(everything(), before);
}

TEST_F(promote_script, moves_no_more_than_it_may_and_says_that_there_is_more) {
    for (int number = 0; number < 7; ++number)
        retry(number % 2 == 0 ? 0 : 1, "q" + std::to_string(number % 3), "e" + std::to_string(number), "0");
    int moved = 0;
    for (int call = 0; call < 3; ++call) {
        const texts answer = promote({0, 1}, 3);
        for (const std::string& line : answer)
            if (line.find(' ') != std::string::npos) moved += std::stoi(line.substr(line.find(' ') + 1));
        EXPECT_EQ(moved, std::min(7, 3 * (call + 1)));
        const bool says_more = std::any_of(answer.begin(), answer.end(),
                                           [](const std::string& line) { return line.starts_with("0 "); });
        EXPECT_EQ(says_more, call < 2);
    }
    EXPECT_EQ(redis().text("EXISTS", names.due(0), names.due(1)), "0");
}

TEST_F(promote_script, is_fenced_partition_by_partition) {
    retry(0, "q", "e1", "0");
    retry(1, "p", "e2", "0");
    redis()("SET", names.token(0), "other");
    EXPECT_EQ(promote({0, 1}), (texts{"F", "-1 1 0 1", "p"}));
    EXPECT_EQ(state(0, "q", "e1"), "r1");
}

TEST_F(promote_script, takes_strays_out_and_goes_on) {
    retry(0, "q", "e1", "0");
    put_in_flight(0, "q", "flying");
    redis()("ZADD", names.retry(0, "q"), "1", "ghost", "1", "flying");
    EXPECT_EQ(promote({0}), (texts{"-1 1 2 1", "q"}));
    EXPECT_EQ(state(0, "q", "flying"), "f1");
    EXPECT_EQ(redis().texts("LRANGE", names.retry_lane(0, "q"), "0", "-1"), texts{"e1"});
}

TEST_F(promote_script, a_queue_of_the_wrong_kind_is_looked_at_again_later_and_the_others_go_on) {
    retry(0, "a", "e1", "0");
    retry(0, "b", "e2", "0");
    redis()("SET", names.retry_lane(0, "a"), "not a list");
    const texts answer = promote({0});
    ASSERT_EQ(answer.size(), 2u);
    EXPECT_TRUE(answer[0].ends_with(" 1 1 1")) << answer[0];
    EXPECT_EQ(answer[1], "b");
    EXPECT_GT(std::stoi(answer[0]), 50000);
    EXPECT_EQ(state(0, "a", "e1"), "r1");
    redis()("DEL", names.retry_lane(0, "a"));
    redis()("ZADD", names.due(0), "1", "a");
    EXPECT_EQ(promote({0}), (texts{"-1 1 0 1", "a"}));
}

TEST_F(promote_script, a_partition_of_the_wrong_kind_spoils_itself_alone) {
    retry(1, "p", "e2", "0");
    redis()("SET", names.due(0), "not a zset");
    const texts answer = promote({0, 1});
    EXPECT_TRUE(answer[0].starts_with("EWRONGTYPE"));
    EXPECT_EQ(answer[1], "-1 1 0 1");
}

using depths_script = promote_script;

TEST_F(depths_script, tells_what_waits_what_died_and_since_when) {
    retry(0, "q", "later", "60000");
    enqueue({{"e1", "one", "", {{0, "q"}}}, {"e2", "two", "", {{0, "q"}}}});
    put_in_flight(0, "p", "e3");
    settle(script::bury, {{0, "p", "e3", "1", {"dead", "{}"}}});
    redis()("SET", names.queue(1, "odd"), "not a list");
    const texts answer = run(script::depths, {0, 1}, {"1", "q", "1", "p", "2", "none", "2", "odd"});
    ASSERT_EQ(answer.size(), 12u);
    EXPECT_EQ(answer[0], "3");
    EXPECT_EQ(answer[1], "0");
    EXPECT_EQ(answer[2], std::string(7, '\0') + '\1');
    EXPECT_EQ((texts{answer[3], answer[4], answer[5]}), (texts{"0", "1", ""}));
    EXPECT_EQ((texts{answer[6], answer[7], answer[8]}), (texts{"0", "0", ""}));
    EXPECT_TRUE(answer[9].starts_with("EWRONGTYPE"));
}

}  // namespace
}  // namespace postrider::queue
