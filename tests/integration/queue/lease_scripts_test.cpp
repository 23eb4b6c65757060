#include "script_story.h"

namespace postrider::queue {
namespace {

class lease_scripts : public script_story {
 protected:
    void SetUp() override { redis()("FLUSHALL"); }
    texts acquire(const std::string& token, const std::string& beat, const std::string& new_token) {
        return run(script::acquire, {0}, {"here", token, beat, new_token});
    }
    texts owner() { return redis().texts("MGET", names.token(0), names.beat(0), names.holder(0)); }
};

TEST_F(lease_scripts, a_free_lease_goes_to_the_first) {
    EXPECT_EQ(acquire("", "", "A"), texts{"A"});
    EXPECT_EQ(owner(), (texts{"A", "1", "here"}));
    EXPECT_EQ(acquire("", "", "B"), texts{"L"});
    EXPECT_EQ(owner(), (texts{"A", "1", "here"}));
    EXPECT_EQ(redis().text("PTTL", names.token(0)), "-1") << "a lease trusts no clock but its reader's";
}

TEST_F(lease_scripts, a_repeat_of_a_winning_bid_wins) {
    acquire("", "", "A");
    EXPECT_EQ(acquire("", "", "A"), texts{"A"});
}

TEST_F(lease_scripts, is_taken_over_only_as_it_was_read) {
    acquire("", "", "A");
    EXPECT_EQ(run(script::renew, {0}, {"A"}), texts{"A"});
    EXPECT_EQ(acquire("A", "1", "B"), texts{"L"}) << "it has a beat more";
    EXPECT_EQ(acquire("X", "2", "B"), texts{"L"}) << "it is another's";
    EXPECT_EQ(acquire("A", "2", "B"), texts{"A"});
    EXPECT_EQ(owner(), (texts{"B", "1", "here"}));
}

TEST_F(lease_scripts, an_exchange_minds_no_beat) {
    acquire("", "", "A");
    run(script::renew, {0}, {"A"});
    EXPECT_EQ(acquire("A", "", "B"), texts{"A"});
    redis()("FLUSHALL");
    EXPECT_EQ(acquire("B", "", "C"), texts{"L"}) << "of what is gone";
}

TEST_F(lease_scripts, a_renewal_moves_the_beat_of_the_owner_alone) {
    run(script::acquire, {0, 1}, {"here", "", "", "A", "", "", "B"});
    EXPECT_EQ(run(script::renew, {0, 1, 2}, {"A", "wrong", "A"}), (texts{"A", "F", "F"}));
    EXPECT_EQ(owner()[1], "2");
    EXPECT_EQ(redis().text("GET", names.beat(1)), "1");
    EXPECT_EQ(redis().text("EXISTS", names.token(2), names.beat(2)), "0");
}

TEST_F(lease_scripts, a_release_frees_the_lease_of_the_owner_alone) {
    run(script::acquire, {0, 1}, {"here", "", "", "A", "", "", "B"});
    EXPECT_EQ(run(script::release, {0, 1}, {"A", "A"}), (texts{"A", "F"}));
    EXPECT_EQ(redis().text("EXISTS", names.token(0), names.beat(0), names.holder(0)), "0");
    EXPECT_EQ(redis().text("GET", names.token(1)), "B");
    EXPECT_EQ(run(script::release, {0}, {"A"}), texts{"F"});
}

TEST_F(lease_scripts, a_key_of_the_wrong_kind_is_nobody_s_lease_and_gives_way_to_one) {
    redis()("HSET", names.token(0), "not", "a string");
    EXPECT_EQ(run(script::renew, {0}, {"A"}), texts{"F"});
    EXPECT_EQ(run(script::release, {0}, {""}), texts{"F"});
    EXPECT_EQ(acquire("", "", "A"), texts{"A"});
    EXPECT_EQ(owner(), (texts{"A", "1", "here"}));
}

TEST_F(lease_scripts, a_beat_of_the_wrong_kind_spoils_itself_alone) {
    run(script::acquire, {0, 1}, {"here", "", "", "A", "", "", "A"});
    redis()("DEL", names.beat(1));
    redis()("HSET", names.beat(1), "not", "a number");
    const texts renewed = run(script::renew, {0, 1}, {"A", "A"});
    EXPECT_EQ(renewed[0], "A");
    EXPECT_TRUE(renewed[1].starts_with("EWRONGTYPE")) << renewed[1];
    EXPECT_EQ(run(script::release, {0, 1}, {"A", "A"}), (texts{"A", "A"}));
}

}  // namespace
}  // namespace postrider::queue
