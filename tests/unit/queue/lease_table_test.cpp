#include "queue/lease_table.h"

#include <gtest/gtest.h>

namespace postrider::queue {
namespace {

using std::chrono::seconds;

class hand_clock final : public time_source {
 public:
    monotonic_time now{seconds(1000)};
    boot_clock::time_point boot{seconds(5000)};
    void pass(milliseconds time) {
        now += time;
        boot += time;
    }
    wall_time wall_now() const noexcept override { return {}; }
    monotonic_time monotonic_now() const noexcept override { return now; }
    boot_clock::time_point boot_now() const noexcept override { return boot; }
};

class counting_random final : public random_source {
 public:
    std::uint64_t next() override { return ++last_; }

 private:
    std::uint64_t last_ = 0;
};

class lease_table_story : public ::testing::Test {
 protected:
    hand_clock clock_;
    counting_random random_;
    lease_table table_{8, {1, 3}, seconds(10), false, random_, clock_};

    void win(std::uint32_t partition) {
        ASSERT_TRUE(table_.note_read(partition, "", ""));
        table_.note_won(table_.make_bid(partition), clock_.boot);
        table_.note_recovered(partition);
    }
};

TEST_F(lease_table_story, a_free_lease_is_taken_at_once) {
    EXPECT_TRUE(table_.note_read(3, "", ""));
    const auto bid = table_.make_bid(3);
    EXPECT_EQ(bid.token, "");
    EXPECT_EQ(bid.new_token.size(), 22u);
    table_.note_won(bid, clock_.boot);
    EXPECT_EQ(table_.settle_token(3), bid.new_token);
    EXPECT_EQ(table_.owned(), std::vector<std::uint32_t>{3});
    EXPECT_EQ(table_.not_owned(), std::vector<std::uint32_t>{1});
}

TEST_F(lease_table_story, nothing_begins_before_the_partition_is_recovered) {
    table_.note_won(table_.make_bid(3), clock_.boot);
    EXPECT_EQ(table_.token(3), "");
    EXPECT_EQ(table_.unrecovered(), std::vector<std::uint32_t>{3});
    table_.note_recovered(3);
    EXPECT_EQ(table_.token(3), table_.settle_token(3));
    table_.note_unrecovered();
    EXPECT_EQ(table_.token(3), "");
    EXPECT_NE(table_.settle_token(3), "");
}

TEST_F(lease_table_story, beginning_ends_at_six_tenths_of_the_lease_and_settling_does_not) {
    win(3);
    clock_.pass(milliseconds(5999));
    EXPECT_NE(table_.token(3), "");
    clock_.pass(milliseconds(1));
    EXPECT_EQ(table_.token(3), "");
    EXPECT_NE(table_.settle_token(3), "");
    table_.note_renewed(3, clock_.boot);
    EXPECT_NE(table_.token(3), "");
}

TEST_F(lease_table_story, a_lease_that_ran_out_is_not_held_though_nobody_took_it) {
    EXPECT_EQ(table_.held_count(), 0U);
    win(3);
    win(1);
    EXPECT_EQ(table_.held_count(), 2U);
    clock_.pass(milliseconds(5999));
    EXPECT_EQ(table_.held_count(), 2U);
    clock_.pass(milliseconds(1));
    EXPECT_EQ(table_.held_count(), 0U);
    EXPECT_EQ(table_.owned_count(), 2U);
    table_.note_renewed(3, clock_.boot);
    EXPECT_EQ(table_.held_count(), 1U);
}

TEST_F(lease_table_story, the_deadline_counts_from_the_sending_of_a_renewal) {
    win(3);
    const auto sent_at = clock_.boot;
    clock_.pass(seconds(4));
    table_.note_renewed(3, sent_at);
    clock_.pass(seconds(2));
    EXPECT_EQ(table_.token(3), "");
}

TEST_F(lease_table_story, another_owner_is_replaced_after_a_whole_lease_without_a_beat) {
    EXPECT_FALSE(table_.note_read(1, "other", "7"));
    clock_.pass(milliseconds(9999));
    EXPECT_FALSE(table_.note_read(1, "other", "7"));
    clock_.pass(milliseconds(1));
    EXPECT_TRUE(table_.note_read(1, "other", "7"));
    const auto bid = table_.make_bid(1);
    EXPECT_EQ(bid.token, "other");
    EXPECT_EQ(bid.beat, "7");
}

TEST_F(lease_table_story, a_beat_or_another_token_begins_the_wait_again) {
    EXPECT_FALSE(table_.note_read(1, "other", "7"));
    clock_.pass(seconds(9));
    EXPECT_FALSE(table_.note_read(1, "other", "8"));
    clock_.pass(seconds(9));
    EXPECT_FALSE(table_.note_read(1, "third", "8"));
    clock_.pass(seconds(9));
    EXPECT_FALSE(table_.note_read(1, "third", "8"));
    clock_.pass(seconds(1));
    EXPECT_TRUE(table_.note_read(1, "third", "8"));
}

TEST_F(lease_table_story, a_bid_without_an_answer_is_repeated_with_the_same_token) {
    EXPECT_TRUE(table_.note_read(3, "", ""));
    const auto first = table_.make_bid(3);
    EXPECT_TRUE(table_.note_read(3, first.new_token, "1")) << "it had won, and nobody knew";
    EXPECT_EQ(table_.make_bid(3).new_token, first.new_token);
    table_.note_refused(first);
    EXPECT_NE(table_.make_bid(3).new_token, first.new_token);
}

TEST_F(lease_table_story, an_exchange_names_the_old_token_and_any_beat) {
    win(3);
    const std::string old_token(table_.settle_token(3));
    const auto exchange = table_.make_exchange(3);
    EXPECT_EQ(exchange.token, old_token);
    EXPECT_EQ(exchange.beat, "");
    EXPECT_EQ(table_.make_exchange(3).new_token, exchange.new_token);
    table_.note_won(exchange, clock_.boot);
    EXPECT_EQ(table_.owned_count(), 1u);
    EXPECT_EQ(table_.settle_token(3), exchange.new_token);
    EXPECT_EQ(table_.token(3), "") << "to be recovered under the new token";
}

TEST_F(lease_table_story, a_lost_lease_is_wanted_again) {
    win(3);
    table_.note_lost(3);
    table_.note_lost(3);
    EXPECT_EQ(table_.owned_count(), 0u);
    EXPECT_EQ(table_.settle_token(3), "");
    EXPECT_EQ(table_.not_owned(), (std::vector<std::uint32_t>{1, 3}));
    EXPECT_FALSE(table_.note_read(3, "other", "1"));
}

TEST_F(lease_table_story, partitions_of_others_are_nobodys_here) {
    EXPECT_EQ(table_.token(2), "");
    EXPECT_EQ(table_.settle_token(99), "");
    EXPECT_FALSE(table_.is_owned(99));
}

TEST_F(lease_table_story, a_dead_predecessor_is_not_waited_for) {
    lease_table exclusive{8, {1}, seconds(10), true, random_, clock_};
    EXPECT_TRUE(exclusive.note_read(1, "other", "7"));
    EXPECT_EQ(exclusive.make_bid(1).beat, "7");
}

TEST_F(lease_table_story, what_is_not_of_the_share_is_not_taken_and_begins_nothing) {
    table_.set_share({1});
    EXPECT_FALSE(table_.note_read(3, "", ""));
    EXPECT_TRUE(table_.is_short());
    win(1);
    EXPECT_FALSE(table_.is_short());
    EXPECT_FALSE(table_.token(1).empty());
    table_.set_share({3});
    EXPECT_EQ(table_.surplus(), std::vector<std::uint32_t>{1});
    EXPECT_TRUE(table_.token(1).empty());
    EXPECT_FALSE(table_.settle_token(1).empty()) << "what is in flight is settled";
    table_.set_share({1, 3});
    EXPECT_FALSE(table_.token(1).empty()) << "the share came back before the lease was given";
    EXPECT_TRUE(table_.surplus().empty());
}

TEST_F(lease_table_story, a_bid_whose_answer_was_lost_is_found_out_about_whatever_the_share_is_now) {
    ASSERT_TRUE(table_.note_read(3, "", ""));
    const auto bid = table_.make_bid(3);
    table_.set_share({});
    EXPECT_TRUE(table_.note_read(3, bid.new_token, "1"));
    table_.note_won(table_.make_bid(3), clock_.boot);
    EXPECT_EQ(table_.surplus(), std::vector<std::uint32_t>{3});
}

}  // namespace
}  // namespace postrider::queue
