#include "queue/call_pacer.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace postrider::queue {
namespace {

/// Two lanes of one connection, and what they sent: "a3" for three items of lane a.
class call_pacer_test : public ::testing::Test {
 protected:
    class counting_lane final : public lane {
     public:
        counting_lane(call_pacer_test& test, char name) : test_(test), name_(name) {}
        [[nodiscard]] std::size_t sendable() const override { return may_send ? waiting : 0; }
        [[nodiscard]] bool is_urgent() const override { return urgent; }
        void send() override {
            const std::size_t items = std::min(waiting, most);
            test_.sent.push_back(name_ + std::to_string(items));
            test_.pacer->on_sent(items);
            waiting -= items;
            urgent = false;
        }
        void add(std::size_t items) {
            waiting += items;
            test_.pacer->schedule();
        }

        std::size_t waiting = 0;
        std::size_t most = 256;
        bool urgent = false;
        bool may_send = true;

     private:
        call_pacer_test& test_;
        char name_;
    };

    call_pacer_test() {
        pacer->add(a);
        pacer->add(b);
    }
    void end_the_turn() {
        context.restart();
        context.run();
    }
    std::vector<std::string> take_sent() { return std::exchange(sent, {}); }

    boost::asio::io_context context;
    std::shared_ptr<call_pacer> pacer = std::make_shared<call_pacer>(context.get_executor());
    std::vector<std::string> sent;
    counting_lane a{*this, 'a'};
    counting_lane b{*this, 'b'};
};

using calls = std::vector<std::string>;

TEST_F(call_pacer_test, what_waits_at_the_end_of_a_turn_goes_together) {
    b.add(1);
    a.add(1);
    b.add(1);
    EXPECT_EQ(take_sent(), calls{});
    end_the_turn();
    EXPECT_EQ(take_sent(), (calls{"a1", "b2"}));
    end_the_turn();
    EXPECT_EQ(take_sent(), calls{});
}

TEST_F(call_pacer_test, a_large_one_does_not_wait_for_the_end_of_the_turn) {
    a.add(1);
    b.add(40);
    EXPECT_EQ(take_sent(), (calls{"a1", "b40"}));
}

TEST_F(call_pacer_test, with_enough_unanswered_a_small_one_waits_for_the_answer) {
    a.add(20);
    end_the_turn();
    EXPECT_EQ(take_sent(), calls{"a20"});
    b.add(1);
    a.add(2);
    end_the_turn();
    EXPECT_EQ(take_sent(), calls{});
    pacer->on_answered(20);
    pacer->flush();
    EXPECT_EQ(take_sent(), (calls{"a2", "b1"}));
}

TEST_F(call_pacer_test, with_enough_unanswered_a_large_one_goes) {
    a.add(20);
    end_the_turn();
    b.add(31);
    EXPECT_EQ(take_sent(), calls{"a20"});
    b.add(1);
    EXPECT_EQ(take_sent(), calls{"b32"});
    b.add(32);
    end_the_turn();
    EXPECT_EQ(take_sent(), calls{}) << "two are unanswered";
    a.add(32);
    EXPECT_EQ(take_sent(), (calls{"a32", "b32"}));
}

TEST_F(call_pacer_test, an_urgent_one_goes_and_takes_the_others_along) {
    a.add(20);
    end_the_turn();
    a.add(1);
    b.urgent = true;
    b.add(1);
    end_the_turn();
    EXPECT_EQ(take_sent(), (calls{"a20", "a1", "b1"}));
}

TEST_F(call_pacer_test, what_is_more_than_a_call_takes_goes_in_several) {
    a.most = 10;
    a.add(25);
    end_the_turn();
    EXPECT_EQ(take_sent(), (calls{"a10", "a10"})) << "then there is enough under way";
}

TEST_F(call_pacer_test, a_lane_that_may_not_send_holds_up_nobody) {
    a.may_send = false;
    a.add(50);
    b.add(1);
    end_the_turn();
    EXPECT_EQ(take_sent(), calls{"b1"});
}

TEST_F(call_pacer_test, after_its_end_nothing_is_sent) {
    a.add(1);
    pacer->stop();
    end_the_turn();
    EXPECT_EQ(take_sent(), calls{});
}

}  // namespace
}  // namespace postrider::queue
