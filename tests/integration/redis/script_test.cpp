#include "story.h"

#include <postrider/redis/script.h>

namespace postrider::redis {
namespace {

namespace asio = boost::asio;

constexpr script twice{"twice", "5f9f2b9d6a7f0c1e2d3b4a5968778695a4b3c2d1",
                       "#!lua flags=no-writes\nreturn 2 * tonumber(ARGV[1])"};

constexpr milliseconds patience{60000};

class script_calls : public story {
 protected:
    testing::redis_server server_;
    std::unique_ptr<client> client_ = make(server_.url());
};

asio::awaitable<void> run_unknown(client& client, std::string& said) {
    client.start();
    co_await client.wait_connected();
    command call("EVALSHA", twice.sha1, "0", "21");
    const auto result = co_await run_script(client, twice, std::move(call), patience);
    said = outcome(result);
    co_await client.stop();
}

TEST_F(script_calls, a_script_that_redis_does_not_know_is_sent_as_text) {
    std::string said;
    tell(run_unknown(*client_, said));
    EXPECT_EQ(said, "42");
}

asio::awaitable<void> load(client& client, std::string& said) {
    client.start();
    co_await client.wait_connected();
    command wanted = load_script(twice);
    const auto result = co_await client.call(std::move(wanted));
    said = outcome(result);
    co_await client.stop();
}

TEST_F(script_calls, loading_gives_the_digest_of_the_text) {
    std::string said;
    tell(load(*client_, said));
    EXPECT_EQ(said.size(), 40u);
}

asio::awaitable<void> call_silent(client& client, testing::redis_server& server,
                                  std::vector<std::string>& said) {
    client.start();
    co_await client.wait_connected();
    server.pause();
    command first("INCR", "n");
    const auto none = co_await call_within(client, std::move(first), milliseconds(50));
    said.push_back(outcome(none));
    server.resume();
    command second("INCR", "n");
    const auto late = co_await call_within(client, std::move(second), patience);
    said.push_back(outcome(late));
    co_await client.stop();
    command third("INCR", "n");
    const auto stopped = co_await call_within(client, std::move(third), patience);
    said.push_back(outcome(stopped));
}

TEST_F(script_calls, patience_ends_and_the_late_reply_goes_to_nobody) {
    std::vector<std::string> said;
    tell(call_silent(*client_, server_, said));
    EXPECT_EQ(said, (std::vector<std::string>{"unknown", "2", "not_sent"}));
}

}  // namespace
}  // namespace postrider::redis
