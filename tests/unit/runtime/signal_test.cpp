#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace postrider::runtime {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> wait_once(signal& bell, int& resumed) {
    co_await bell.wait();
    ++resumed;
}

asio::awaitable<void> wait_at_most(signal& bell, milliseconds longest, std::vector<bool>& results) {
    const bool notified = co_await bell.wait_for(longest);
    results.push_back(notified);
}

asio::awaitable<void> notify_after(signal& bell, milliseconds pause) {
    co_await sleep_for(pause);
    bell.notify_all();
}

constexpr milliseconds for_ever{3'600'000};

TEST(signal, resumes_every_waiter_once) {
    asio::io_context context;
    signal bell(context.get_executor());
    int resumed = 0;
    std::vector<bool> results;
    for (int n = 0; n < 3; ++n)
        spawn(context.get_executor(), "wait", wait_once(bell, resumed));
    spawn(context.get_executor(), "wait", wait_at_most(bell, for_ever, results));
    context.poll();
    EXPECT_EQ(resumed, 0);
    bell.notify_all();
    EXPECT_EQ(resumed, 0) << "waiters resume behind the notifier, not inside it";
    context.poll();
    EXPECT_EQ(resumed, 3);
    EXPECT_EQ(results, std::vector<bool>{true});
}

TEST(signal, does_not_keep_a_notification_without_a_waiter) {
    asio::io_context context;
    signal bell(context.get_executor());
    bell.notify_all();
    int resumed = 0;
    spawn(context.get_executor(), "wait", wait_once(bell, resumed));
    context.poll();
    EXPECT_EQ(resumed, 0);
    bell.notify_all();
    context.poll();
    EXPECT_EQ(resumed, 1);
}

TEST(signal, wait_for_says_whether_it_was_notified_in_time) {
    asio::io_context context;
    signal bell(context.get_executor());
    std::vector<bool> results;
    spawn(context.get_executor(), "wait", wait_at_most(bell, milliseconds(1), results));
    context.run();
    EXPECT_EQ(results, std::vector<bool>{false});

    context.restart();
    spawn(context.get_executor(), "wait", wait_at_most(bell, for_ever, results));
    spawn(context.get_executor(), "notify", notify_after(bell, milliseconds(1)));
    context.run();
    EXPECT_EQ(results, (std::vector<bool>{false, true}));
}

TEST(signal, ends_its_waiters_when_it_goes) {
    asio::io_context context;
    auto bell = std::make_unique<signal>(context.get_executor());
    int resumed = 0;
    std::vector<bool> results;
    spawn(context.get_executor(), "wait", wait_once(*bell, resumed));
    spawn(context.get_executor(), "wait", wait_at_most(*bell, for_ever, results));
    context.poll();
    bell.reset();
    context.run();
    EXPECT_EQ(resumed, 1);
    EXPECT_EQ(results.size(), 1U);
}

TEST(signal, leaves_waiters_that_a_context_destroys_where_they_wait) {
    auto context = std::make_unique<asio::io_context>();
    auto bell = std::make_unique<signal>(context->get_executor());
    int resumed = 0;
    std::vector<bool> results;
    spawn(context->get_executor(), "wait", wait_once(*bell, resumed));
    spawn(context->get_executor(), "wait", wait_at_most(*bell, for_ever, results));
    context->poll();
    bell.reset();
    context.reset();
    EXPECT_EQ(resumed, 0);
    EXPECT_TRUE(results.empty());
}

}  // namespace
}  // namespace postrider::runtime
