#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <stdexcept>

namespace postrider::runtime {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> note(bool& ran) {
    co_await sleep_for(milliseconds(0));
    ran = true;
}

asio::awaitable<void> throw_later() {
    co_await sleep_for(milliseconds(0));
    throw std::runtime_error("half a state");
}

TEST(spawn, runs_the_coroutine_on_the_executor_and_then_done) {
    asio::io_context context;
    bool ran = false;
    bool done_after = false;
    spawn(context.get_executor(), "note", note(ran), [&] { done_after = ran; });
    EXPECT_FALSE(ran);
    context.run();
    EXPECT_TRUE(ran);
    EXPECT_TRUE(done_after);
}

TEST(spawn_death, an_unexpected_exception_is_logged_and_ends_the_process) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            asio::io_context context;
            spawn(context.get_executor(), "claim loop", throw_later());
            context.run();
        },
        "claim loop.*half a state");
}

TEST(shard_death, so_is_one_of_posted_work) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            shard one(7);
            one.post([] { throw std::runtime_error("a bug"); });
            one.start();
            one.join();
        },
        "shard-7.*a bug");
}

}  // namespace
}  // namespace postrider::runtime
