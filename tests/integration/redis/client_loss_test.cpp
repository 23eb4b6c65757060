#include "story.h"

#include <string>

namespace postrider::redis {
namespace {

namespace asio = boost::asio;
using testing::redis_server;

class client_loss : public story {
 protected:
    redis_server server_;
    std::unique_ptr<client> used_;
    std::vector<std::string> seen_;
    runtime::signal changed_{context_.get_executor()};

    void begin(client_settings settings, std::vector<command> preamble = {}) {
        used_ = make(std::move(settings), std::move(preamble));
        used_->on_change([this](bool connected) {
            seen_.push_back(connected ? "connected" : "lost");
            changed_.notify_all();
        });
        used_->start();
    }

    void call_and_keep(command text) {
        used_->call(std::move(text), used_->generation(), [this](const call_result& result) {
            seen_.push_back(outcome(result));
            changed_.notify_all();
        });
    }

    asio::awaitable<void> wait_seen(std::size_t count) {
        while (seen_.size() < count)
            co_await changed_.wait();
    }

    asio::awaitable<void> kill_and_restart() {
        std::vector<command> preamble;
        preamble.emplace_back("SCRIPT", "LOAD", "return 'from the script'");
        begin(settings_for(server_.url()), std::move(preamble));
        EXPECT_TRUE(co_await used_->wait_connected());
        call_and_keep(command("ECHO", "first"));
        call_and_keep(command("BLPOP", "nothing", "0"));
        call_and_keep(command("ECHO", "behind"));
        co_await wait_seen(2);
        server_.kill_now();
        co_await wait_seen(5);
        EXPECT_EQ(seen_, (std::vector<std::string>{"connected", "first", "unknown", "unknown", "lost"}));

        EXPECT_FALSE(used_->connected());
        command away("ECHO", "x");
        const call_result meanwhile = co_await used_->call(std::move(away));
        EXPECT_EQ(outcome(meanwhile), "not_sent");
        const std::string error = co_await wait_for_failure(*used_);
        EXPECT_NE(error.find("refused"), std::string::npos) << error;

        server_.start_again();
        EXPECT_TRUE(co_await used_->wait_connected(1));
        EXPECT_EQ(used_->generation(), 2U);
        EXPECT_EQ(used_->last_error(), "");
        const std::string sha = co_await sha_of("return 'from the script'");
        command script("EVALSHA", sha, "0");
        const call_result answer = co_await used_->call(std::move(script));
        EXPECT_EQ(outcome(answer), "from the script");
        co_await used_->stop();
        EXPECT_EQ(seen_.back(), "lost");
    }

    /// By the server, which does not remember what it only hashes.
    asio::awaitable<std::string> sha_of(std::string script) {
        command hash("EVAL", "return redis.sha1hex(ARGV[1])", "0", script);
        const call_result result = co_await used_->call(std::move(hash));
        co_return outcome(result);
    }

    asio::awaitable<void> go_silent() {
        client_settings settings = settings_for(server_.url());
        settings.reply_timeout = milliseconds(100);
        settings.connect_timeout = milliseconds(100);
        begin(std::move(settings));
        EXPECT_TRUE(co_await used_->wait_connected());
        EXPECT_EQ(used_->silent_for(), milliseconds(0));
        server_.pause();
        const auto began = std::chrono::steady_clock::now();
        command ping("PING");
        const call_result answer = co_await used_->call(std::move(ping));
        const auto took = std::chrono::steady_clock::now() - began;
        EXPECT_EQ(outcome(answer), "unknown");
        EXPECT_GE(took, milliseconds(100));
        EXPECT_FALSE(used_->connected());
        const std::string error = co_await wait_for_failure(*used_);
        EXPECT_NE(error.find("timed out"), std::string::npos) << error;
        server_.resume();
        std::string back;
        while (back != "PONG") {  // at last: the server may be as late again on a busy machine
            (void)co_await used_->wait_connected();
            command again("PING");
            const call_result result = co_await used_->call(std::move(again));
            back = outcome(result);
        }
        EXPECT_GT(used_->generation(), 1U);
        co_await used_->stop();
    }

    asio::awaitable<void> show_silence() {
        begin(settings_for(server_.url()));
        EXPECT_TRUE(co_await used_->wait_connected());
        server_.pause();
        call_and_keep(command("PING"));
        while (used_->silent_for() < milliseconds(20))
            co_await runtime::sleep_for(milliseconds(1));
        server_.resume();
        co_await wait_seen(2);
        EXPECT_EQ(seen_, (std::vector<std::string>{"connected", "PONG"})) << "silence alone loses nothing";
        EXPECT_EQ(used_->silent_for(), milliseconds(0));
        co_await used_->stop();
    }

    asio::awaitable<void> stay_idle() {
        client_settings settings = settings_for(server_.url());
        settings.reply_timeout = milliseconds(10);
        begin(std::move(settings));
        EXPECT_TRUE(co_await used_->wait_connected());
        co_await runtime::sleep_for(milliseconds(50));  // several timeouts in which nothing is owed
        EXPECT_EQ(used_->generation(), 1U);
        EXPECT_TRUE(used_->connected());
        co_await used_->stop();
    }

    asio::awaitable<void> stop_while_away() {
        begin(settings_for(server_.url()));
        EXPECT_TRUE(co_await used_->wait_connected());
        server_.kill_now();
        co_await wait_seen(2);
        (void)co_await wait_for_failure(*used_);
        co_await used_->stop();
        EXPECT_FALSE(co_await used_->wait_connected(1));
    }

    asio::awaitable<void> stop_while_connecting() {
        server_.pause();
        client_settings settings = settings_for(server_.url());
        settings.connect_timeout = std::chrono::hours(1);
        begin(std::move(settings));
        co_await runtime::sleep_for(milliseconds(5));
        co_await used_->stop();
        EXPECT_TRUE(seen_.empty());
    }

    asio::awaitable<void> take_too_much() {
        client_settings settings = settings_for(server_.url());
        settings.max_reply_bytes = 100'000;
        begin(std::move(settings));
        EXPECT_TRUE(co_await used_->wait_connected());
        const std::string big(200'000, 'x');
        command set("SET", "big", big);
        (void)co_await used_->call(std::move(set));
        command get("GET", "big");
        const call_result answer = co_await used_->call(std::move(get));
        EXPECT_EQ(outcome(answer), "unknown");
        EXPECT_TRUE(co_await used_->wait_connected(1));
        co_await used_->stop();
    }
};

TEST_F(client_loss, of_a_killed_server_settles_every_call_and_connects_again) {
    tell(kill_and_restart());
}

TEST_F(client_loss, of_a_silent_server_comes_after_the_reply_timeout) {
    tell(go_silent());
}

TEST_F(client_loss, does_not_come_from_a_short_silence) {
    tell(show_silence());
}

TEST_F(client_loss, does_not_come_from_idleness) {
    tell(stay_idle());
}

TEST_F(client_loss, does_not_keep_stop_waiting) {
    tell(stop_while_away());
}

TEST_F(client_loss, stop_cuts_an_attempt_under_way) {
    tell(stop_while_connecting());
}

TEST_F(client_loss, follows_a_reply_over_the_limit) {
    tell(take_too_much());
}

}  // namespace
}  // namespace postrider::redis
