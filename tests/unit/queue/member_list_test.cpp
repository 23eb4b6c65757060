#include "queue/member_list.h"

#include <postrider/queue/work_notes.h>

#include <gtest/gtest.h>

namespace postrider::queue {
namespace {

using std::chrono::seconds;

class hand_clock final : public time_source {
 public:
    monotonic_time now{seconds(1000)};
    wall_time wall_now() const noexcept override { return {}; }
    monotonic_time monotonic_now() const noexcept override { return now; }
    boot_clock::time_point boot_now() const noexcept override { return {}; }
};

std::string record(std::uint64_t beat) {
    member one;
    one.name = "host:1";
    one.beat = beat;
    return encode_member(one);
}

class member_list_story : public ::testing::Test {
 protected:
    hand_clock clock_;
    member_list list_{"me", seconds(10), false, clock_};

    std::vector<std::string> live() const {
        std::vector<std::string> ids;
        for (const member& one : list_.live())
            ids.push_back(one.id);
        return ids;
    }
};

using ids = std::vector<std::string>;

TEST_F(member_list_story, whoever_is_seen_for_the_first_time_lives) {
    list_.note_read({{"me", record(1)}, {"you", record(7)}});
    EXPECT_EQ(live(), (ids{"me", "you"}));
    EXPECT_TRUE(list_.gone().empty());
}

TEST_F(member_list_story, a_beat_that_stood_still_for_a_whole_lease_of_our_clock_ends_a_member) {
    list_.note_read({{"me", record(1)}, {"you", record(7)}});
    clock_.now += milliseconds(9999);
    list_.note_read({{"me", record(1)}, {"you", record(7)}});
    EXPECT_EQ(live(), (ids{"me", "you"}));
    clock_.now += milliseconds(1);
    EXPECT_EQ(live(), ids{"me"});
    EXPECT_EQ(list_.gone(), (member_list::records{{"you", record(7)}}));
}

TEST_F(member_list_story, a_beat_that_moves_begins_the_lease_anew) {
    list_.note_read({{"me", record(1)}, {"you", record(7)}});
    clock_.now += seconds(30);  // we slept
    list_.note_read({{"me", record(1)}, {"you", record(8)}});
    EXPECT_EQ(live(), (ids{"me", "you"}));
    EXPECT_TRUE(list_.gone().empty());
}

TEST_F(member_list_story, we_are_never_gone_for_ourselves) {
    list_.note_read({{"me", record(1)}});
    clock_.now += seconds(100);
    EXPECT_EQ(live(), ids{"me"});
}

TEST_F(member_list_story, whoever_left_is_forgotten_at_once) {
    list_.note_read({{"me", record(1)}, {"you", record(7)}});
    list_.note_read({{"me", record(2)}});
    EXPECT_EQ(live(), ids{"me"});
    EXPECT_TRUE(list_.gone().empty());
}

TEST_F(member_list_story, where_no_other_can_live_all_others_are_gone) {
    member_list alone("me", seconds(10), true, clock_);
    alone.note_read({{"me", record(1)}, {"you", record(7)}});
    EXPECT_EQ(alone.live().size(), 1u);
    EXPECT_EQ(alone.gone().size(), 1u);
}

TEST_F(member_list_story, what_is_no_record_is_no_member_and_goes_after_a_lease) {
    list_.note_read({{"me", record(1)}, {"odd", "[]"}, {"odder", "{"}});
    EXPECT_EQ(live(), ids{"me"});
    clock_.now += seconds(10);
    EXPECT_EQ(list_.gone().size(), 2u);
}

TEST(member_record, comes_back_as_it_was) {
    member one{"id", "host:12", 9, 4, "0123abcd", "89abcdef", wall_time(milliseconds(1234567))};
    EXPECT_EQ(decode_member("id", encode_member(one)), one);
    EXPECT_EQ(decode_member("id", R"({"shards":0,"beat":-1,"name":4,"more":[]})")->shards, 1u)
        << "other versions' records are members too";
    EXPECT_EQ(decode_member("id", R"({"started_at":18446744073709551615})")->started_at,
              wall_time(milliseconds(253'402'300'799'999)));
}

TEST(work_notes, come_back_as_they_were_and_odd_lines_are_left_out) {
    const std::vector<std::pair<std::uint32_t, std::string>> notes{{0, "default.shop"}, {63, "t.b"}};
    EXPECT_EQ(decode_work(encode_work(notes), 64), notes);
    EXPECT_EQ(decode_work(encode_work(notes), 63).size(), 1u);
    for (const char* odd :
         {"", "m", "x0 a\n", "w", "w\n", "w0\n", "w0 \n", "w a\n", "w-1 a\n", "w0x a\n", "w99999999999 a\n"})
        EXPECT_TRUE(decode_work(odd, 64).empty()) << odd;
}

}  // namespace
}  // namespace postrider::queue
