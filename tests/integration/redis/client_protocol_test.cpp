#include "story.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <string>

#if defined(__GNUC__) && !defined(__clang__)
// Under -fsanitize=address GCC 12 takes Asio's recycling allocator of coroutine frames for a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace postrider::redis {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
constexpr auto as_value = asio::as_tuple(asio::use_awaitable);

/// Answers each read of each connection with the next text of its script, and closes it at the end.
class odd_server : public story {
 protected:
    using script = std::vector<std::string>;

    testing::temporary_directory directory_;
    const std::string path_ = directory_.path() + "/odd.sock";
    stream_protocol::acceptor acceptor_{context_, stream_protocol::endpoint(path_)};

    asio::awaitable<void> serve(std::vector<script> scripts) {
        for (const script& texts : scripts) {
            auto [failure, connection] = co_await acceptor_.async_accept(as_value);
            EXPECT_FALSE(failure);
            for (const std::string& text : texts) {
                std::array<char, 4096> room{};
                auto target = asio::buffer(room);
                (void)co_await connection.async_read_some(target, as_value);
                auto source = asio::buffer(text);
                (void)co_await asio::async_write(connection, source, as_value);
            }
        }
    }

    void serve_in_background(std::vector<script> scripts) {
        runtime::spawn(context_.get_executor(), "odd server", serve(std::move(scripts)));
    }

    /// What the calls of one client gave, one on each connection that it makes.
    asio::awaitable<void> call_on_each(std::vector<std::string> expected_answers) {
        const auto used = make("unix://" + path_);
        used->start();
        for (std::size_t n = 0; n < expected_answers.size(); ++n) {
            EXPECT_TRUE(co_await used->wait_connected(n));
            command get("GET", "k");
            const call_result answer = co_await used->call(std::move(get), n + 1);
            EXPECT_EQ(outcome(answer), expected_answers[n]);
        }
        co_await used->stop();
    }

    const std::string greeted_ = "+OK\r\n+PONG\r\n";

    asio::awaitable<void> fail(std::string says) {
        const auto used = make("unix://" + path_);
        used->start();
        const std::string error = co_await wait_for_failure(*used);
        EXPECT_NE(error.find(says), std::string::npos) << error;
        co_await used->stop();
    }

    asio::awaitable<void> fail_briefly() {
        const auto used = make("unix://" + path_);
        used->start();
        const std::string error = co_await wait_for_failure(*used);
        EXPECT_LT(error.size(), 500U);
        co_await used->stop();
    }
};

TEST_F(odd_server, that_speaks_another_protocol_is_left_and_tried_again) {
    serve_in_background({{"HTTP/1.1 400 Bad Request\r\n\r\n"}, {greeted_, "$1\r\nv\r\n"}});
    tell(call_on_each({"v"}));
}

TEST_F(odd_server, that_turns_to_garbage_is_left_and_tried_again) {
    serve_in_background({{greeted_, "%1\r\n+a\r\n+b\r\n"}, {greeted_, "\r\n"}, {greeted_, "$1\r\nv\r\n"}});
    tell(call_on_each({"unknown", "unknown", "v"}));
}

TEST_F(odd_server, that_answers_twice_is_left_and_tried_again) {
    serve_in_background({{greeted_, "+a\r\n+b\r\n"}, {greeted_, "$1\r\nv\r\n"}});
    tell(call_on_each({"a", "v"}));
}

TEST_F(odd_server, that_ends_in_the_middle_of_a_reply_leaves_the_call_unknown) {
    serve_in_background({{greeted_, "$5\r\nabc"}, {greeted_, "$1\r\nv\r\n"}});
    tell(call_on_each({"unknown", "v"}));
}

TEST_F(odd_server, that_turns_us_away_is_quoted) {
    serve_in_background({{"-ERR max number of clients reached\r\n"}});
    tell(fail("ERR max number of clients reached"));
}

TEST_F(odd_server, that_is_still_loading_is_tried_again) {
    serve_in_background({{"+OK\r\n-LOADING Redis is loading the dataset in memory\r\n"},
                         {"+OK\r\n-LOADING Redis is loading the dataset in memory\r\n"},
                         {greeted_, "$1\r\nv\r\n"}});
    tell(call_on_each({"v"}));
}

TEST_F(odd_server, that_quotes_endlessly_is_cut_short) {
    serve_in_background({{"+OK\r\n-LOADING " + std::string(50'000, 'x') + "\r\n"}});
    tell(fail_briefly());
}

}  // namespace
}  // namespace postrider::redis
