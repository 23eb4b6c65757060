#include <postrider/net/deadline.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <memory>

namespace postrider::net {
namespace {

using std::chrono::steady_clock;

struct deadline_test : testing::Test {
    boost::asio::io_context context;
    int cuts = 0;
    std::function<void()> count = [this] { ++cuts; };
};

TEST_F(deadline_test, cuts_once_and_remembers_it) {
    deadline tested(context.get_executor());
    const auto began = steady_clock::now();
    tested.arm(milliseconds(5), count);
    EXPECT_FALSE(tested.fired());
    context.run();
    EXPECT_EQ(cuts, 1);
    EXPECT_TRUE(tested.fired());
    EXPECT_GE(steady_clock::now() - began, milliseconds(5));
}

TEST_F(deadline_test, does_not_cut_when_disarmed) {
    deadline tested(context.get_executor());
    tested.arm(milliseconds(1), count);
    tested.disarm();
    context.run();
    EXPECT_EQ(cuts, 0);
    EXPECT_FALSE(tested.fired());
}

TEST_F(deadline_test, does_not_cut_after_its_end_though_the_time_has_come) {
    auto tested = std::make_unique<deadline>(context.get_executor());
    tested->arm(milliseconds(0), count);
    tested.reset();
    context.run();
    EXPECT_EQ(cuts, 0);
}

TEST_F(deadline_test, a_later_one_holds_its_whole_length) {
    deadline tested(context.get_executor());
    tested.arm(milliseconds(2), count);
    const auto began = steady_clock::now();
    tested.arm(milliseconds(30), count);
    context.run();
    EXPECT_EQ(cuts, 1);
    EXPECT_GE(steady_clock::now() - began, milliseconds(30));
}

TEST_F(deadline_test, an_earlier_one_does_not_wait_for_the_older) {
    deadline tested(context.get_executor());
    tested.arm(std::chrono::hours(1), [] { FAIL() << "the older deadline"; });
    tested.arm(milliseconds(1), count);
    context.run();
    EXPECT_EQ(cuts, 1);
}

TEST_F(deadline_test, serves_again_after_it_fired) {
    deadline tested(context.get_executor());
    tested.arm(milliseconds(1), count);
    context.run();
    tested.arm(milliseconds(1), count);
    EXPECT_FALSE(tested.fired());
    context.restart();
    context.run();
    EXPECT_EQ(cuts, 2);
}

TEST_F(deadline_test, may_end_inside_its_own_cut) {
    auto tested = std::make_unique<deadline>(context.get_executor());
    tested->arm(milliseconds(1), [&] {
        ++cuts;
        tested.reset();
    });
    context.run();
    EXPECT_EQ(cuts, 1);
}

}  // namespace
}  // namespace postrider::net
