#include "daemon/watchdog.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <vector>

namespace postrider::daemon {
namespace {

using namespace std::chrono_literals;

class watchdog_test : public ::testing::Test {
 protected:
    watchdog_test() {
        first_.start();
        second_.start();
        dog_ = std::make_shared<watchdog>(io_.get_executor(), std::vector{&first_, &second_}, 1ms, [this] {
            if (++beats_ == wanted_) io_.stop();
        });
    }
    ~watchdog_test() override {
        dog_->stop();
        for (auto* const shard : {&first_, &second_}) {
            shard->stop();
            shard->join();
        }
    }

    /// Whether so many more beats came; only a watchdog that is broken reaches the bound.
    bool beats(int more, std::chrono::milliseconds bound = 10s) {
        wanted_ = beats_ + more;
        io_.restart();
        io_.run_for(bound);
        return beats_ >= wanted_;
    }

    boost::asio::io_context io_;
    runtime::shard first_{0};
    runtime::shard second_{1};
    std::shared_ptr<watchdog> dog_;
    int beats_ = 0;
    int wanted_ = 0;
};

TEST_F(watchdog_test, beats_again_and_again_while_every_shard_answers) {
    dog_->start();
    EXPECT_TRUE(beats(5));
}

TEST_F(watchdog_test, is_silent_while_one_shard_is_stuck_and_goes_on_when_it_is_not) {
    std::promise<void> stuck;
    std::promise<void> free;
    second_.post([&stuck, until = free.get_future().share()] {
        stuck.set_value();
        until.wait();
    });
    stuck.get_future().wait();
    dog_->start();
    EXPECT_FALSE(beats(1, 100ms));
    free.set_value();
    EXPECT_TRUE(beats(3));
}

TEST_F(watchdog_test, ends_with_stop) {
    dog_->start();
    ASSERT_TRUE(beats(1));
    dog_->stop();
    io_.restart();
    io_.run();  // returns, because nothing is left that would wait
    const int until_now = beats_;
    EXPECT_FALSE(beats(1, 20ms));
    EXPECT_EQ(beats_, until_now);
}

}  // namespace
}  // namespace postrider::daemon
