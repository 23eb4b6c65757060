#include "script_story.h"

namespace postrider::queue {
namespace {

class lease_scripts : public script_story {
 protected:
    void SetUp() override { redis()("FLUSHALL"); }
    texts acquire(const std::string& token, const std::string& beat, const std::string& new_token) {
        return run(script::acquire, {0}, {"here", token, beat, new_token});
    }
    texts owner() { return redis().texts("HMGET", names.owner(0), "token", "beat", "holder"); }
};

TEST_F(lease_scripts, a_free_lease_goes_to_the_first) {
    EXPECT_EQ(acquire("", "", "A"), texts{"A"});
    EXPECT_EQ(owner(), (texts{"A", "1", "here"}));
    EXPECT_EQ(acquire("", "", "B"), texts{"L"});
    EXPECT_EQ(owner(), (texts{"A", "1", "here"}));
    EXPECT_EQ(redis().text("PTTL", names.owner(0)), "-1") << "a lease trusts no clock but its reader's";
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
    EXPECT_EQ(redis().text("HGET", names.owner(1), "beat"), "1");
    EXPECT_EQ(redis().text("EXISTS", names.owner(2)), "0");
}

TEST_F(lease_scripts, a_release_frees_the_lease_of_the_owner_alone) {
    run(script::acquire, {0, 1}, {"here", "", "", "A", "", "", "B"});
    EXPECT_EQ(run(script::release, {0, 1}, {"A", "A"}), (texts{"A", "F"}));
    EXPECT_EQ(redis().text("EXISTS", names.owner(0)), "0");
    EXPECT_EQ(redis().text("HGET", names.owner(1), "token"), "B");
    EXPECT_EQ(run(script::release, {0}, {"A"}), texts{"F"});
}

TEST_F(lease_scripts, a_key_of_the_wrong_kind_spoils_itself_alone) {
    redis()("SET", names.owner(1), "not a hash");
    const texts acquired = run(script::acquire, {0, 1}, {"here", "", "", "A", "", "", "A"});
    const texts renewed = run(script::renew, {0, 1}, {"A", "A"});
    const texts released = run(script::release, {0, 1}, {"A", "A"});
    for (const texts& answer : {acquired, renewed, released}) {
        EXPECT_EQ(answer[0], "A");
        EXPECT_TRUE(answer[1].starts_with("EWRONGTYPE"));
    }
}

}  // namespace
}  // namespace postrider::queue
