#include "story.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>

namespace postrider::redis {
namespace {

namespace asio = boost::asio;
using testing::redis_options;
using testing::redis_server;

class client_connect : public story {
 protected:
    asio::awaitable<void> set_and_get(client_settings settings, std::string key = "k") {
        const auto used = make(std::move(settings));
        EXPECT_FALSE(used->connected());
        EXPECT_EQ(used->generation(), 0U);
        used->start();
        EXPECT_TRUE(co_await used->wait_connected());
        EXPECT_TRUE(used->connected());
        EXPECT_EQ(used->generation(), 1U);
        EXPECT_EQ(used->last_error(), "");
        command set("SET", key, "v");
        const call_result stored = co_await used->call(std::move(set));
        EXPECT_EQ(outcome(stored), "OK");
        command get("GET", key);
        const call_result got = co_await used->call(std::move(get));
        EXPECT_EQ(outcome(got), "v");
        co_await used->stop();
        EXPECT_FALSE(used->connected());
    }

    asio::awaitable<void> fail(client_settings settings, std::string says,
                               std::vector<command> preamble = {}) {
        const auto used = make(std::move(settings), std::move(preamble));
        used->on_change([](bool) { ADD_FAILURE() << "it never was connected"; });
        used->start();
        co_await used->wait_first_attempt();
        const std::string error = used->last_error();
        EXPECT_NE(error.find(says), std::string::npos) << error;
        EXPECT_EQ(error.find("hunter2"), std::string::npos) << error;
        EXPECT_FALSE(used->connected());
        co_await used->stop();
    }

    asio::awaitable<void> wait_for_the_first_attempt(std::string url) {
        const auto used = make(url);
        co_await used->wait_first_attempt();
        EXPECT_FALSE(used->connected()) << "none has begun";
        used->start();
        co_await used->wait_first_attempt();
        EXPECT_TRUE(used->connected());
        co_await used->wait_first_attempt();
        co_await used->stop();
    }

    asio::awaitable<void> stop_in_the_first_attempt(std::string url) {
        const auto used = make(url);
        used->start();
        bool ended = false;
        runtime::signal changed(context_.get_executor());
        runtime::spawn(context_.get_executor(), "waits", used->wait_first_attempt(), [&] {
            ended = true;
            changed.notify_all();
        });
        co_await asio::post(context_.get_executor(), asio::use_awaitable);  // it waits by now
        EXPECT_FALSE(ended);
        co_await used->stop();
        while (!ended)
            co_await changed.wait();
    }

    static std::string at(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }
};

TEST_F(client_connect, whose_first_attempt_is_waited_for) {
    const redis_server server;
    tell(wait_for_the_first_attempt(server.url()));
}

TEST_F(client_connect, over_a_unix_socket) {
    const redis_server server;
    tell(set_and_get(settings_for(server.url())));
}

TEST_F(client_connect, over_tcp_by_address_and_by_name) {
    redis_options options;
    options.tcp = true;
    const redis_server server(options);
    tell(set_and_get(settings_for("redis://" + at(server.port()))));
    resolver_.names["redis.test"] = {*ip_address::parse("127.0.0.1")};
    tell(set_and_get(settings_for("redis://redis.test:" + std::to_string(server.port()))));
    // Nothing listens on the first two.
    resolver_.names["redis.test"] = {*ip_address::parse("127.0.0.2"), *ip_address::parse("127.0.0.3"),
                                     *ip_address::parse("127.0.0.1")};
    tell(set_and_get(settings_for("redis://redis.test:" + std::to_string(server.port()))));
}

TEST_F(client_connect, over_tls_with_an_authority_of_its_own) {
    redis_options options;
    options.tls = true;
    const redis_server server(options);
    const std::string port = std::to_string(server.tls_port());
    tell(set_and_get(settings_for("rediss://127.0.0.1:" + port + "?ca_file=" + server.certificate())));
    resolver_.names["localhost"] = {*ip_address::parse("127.0.0.1")};
    tell(set_and_get(settings_for("rediss://localhost:" + port + "?ca_file=" + server.certificate())));
}

TEST_F(client_connect, not_over_tls_that_it_cannot_trust) {
    redis_options options;
    options.tls = true;
    const redis_server server(options);
    const std::string port = std::to_string(server.tls_port());
    resolver_.names["other.test"] = {*ip_address::parse("127.0.0.1")};
    tell(fail(settings_for("rediss://127.0.0.1:" + port), "certificate of 127.0.0.1 refused"));
    tell(fail(settings_for("rediss://other.test:" + port + "?ca_file=" + server.certificate()),
              "it is not for other.test"));
    tell(fail(settings_for("rediss://127.0.0.1:" + port + "?ca_file=/nowhere.pem"), "/nowhere.pem"));
}

TEST_F(client_connect, with_a_password) {
    redis_options options;
    options.arguments = {"--requirepass", "hunter2 @/"};
    const redis_server server(options);
    tell(set_and_get(settings_for("unix://:hunter2%20%40%2f@" + server.socket_path())));
    tell(fail(settings_for("unix://:hunter2@" + server.socket_path()), "AUTH refused: WRONGPASS"));
    tell(fail(settings_for(server.url()), "NOAUTH"));
}

TEST_F(client_connect, as_a_user_with_a_password) {
    redis_options options;
    options.arguments = {"--user", "worker", "on", ">hunter2", "~allowed:*", "+@all", "-ping", "-client"};
    const redis_server server(options);
    // PING and CLIENT SETNAME are forbidden to this one: that is no reason to stay away.
    tell(set_and_get(settings_for("unix://worker:hunter2@" + server.socket_path()), "allowed:k"));
    tell(fail(settings_for("unix://worker:hunter22@" + server.socket_path()), "AUTH refused: WRONGPASS"));
    tell(fail(settings_for("unix://nobody:hunter2@" + server.socket_path()), "AUTH refused: WRONGPASS"));
    tell(fail(settings_for("unix://nobody@" + server.socket_path()), "AUTH refused: WRONGPASS"));
}

TEST_F(client_connect, not_showing_the_password_that_a_server_without_auth_quotes) {
    redis_options options;
    options.arguments = {"--rename-command", "AUTH", ""};
    const redis_server server(options);
    tell(fail(settings_for("unix://:hunter2@" + server.socket_path()), "AUTH refused: ERR"));
}

TEST_F(client_connect, to_a_database_by_number) {
    const redis_server server;
    tell(set_and_get(settings_for(server.url() + "?db=3")));
    const auto look = [](client& used) -> asio::awaitable<void> {
        used.start();
        co_await used.wait_connected();
        command get("GET", "k");
        const call_result in_zero = co_await used.call(std::move(get));
        EXPECT_EQ(outcome(in_zero), "nil");
        command select("SELECT", 3);
        (void)co_await used.call(std::move(select));
        command again("GET", "k");
        const call_result in_three = co_await used.call(std::move(again));
        EXPECT_EQ(outcome(in_three), "v");
        co_await used.stop();
    };
    const auto used = make(server.url());
    tell(look(*used));
    tell(fail(settings_for(server.url() + "?db=99"), "SELECT refused: ERR DB index is out of range"));
}

TEST_F(client_connect, and_says_who_it_is_and_runs_the_preamble) {
    const redis_server server;
    std::vector<command> preamble;
    preamble.emplace_back("SET", "greeted", "yes");
    client_settings settings = settings_for(server.url());
    settings.name = "postrider-7";
    const auto look = [](client& used) -> asio::awaitable<void> {
        used.start();
        co_await used.wait_connected();
        command get_name("CLIENT", "GETNAME");
        const call_result name = co_await used.call(std::move(get_name));
        EXPECT_EQ(outcome(name), "postrider-7");
        command get("GET", "greeted");
        const call_result greeted = co_await used.call(std::move(get));
        EXPECT_EQ(outcome(greeted), "yes");
        co_await used.stop();
    };
    const auto used = make(std::move(settings), std::move(preamble));
    tell(look(*used));
}

TEST_F(client_connect, not_when_the_preamble_is_refused) {
    const redis_server server;
    std::vector<command> preamble;
    preamble.emplace_back("SET", "greeted", "yes");
    preamble.emplace_back("SCRIPT", "LOAD", "this is not Lua");
    tell(fail(settings_for(server.url()), "the preamble refused: ERR Error compiling", std::move(preamble)));
}

TEST_F(client_connect, not_to_what_is_not_there) {
    tell(fail(settings_for("unix:///nowhere/redis.sock"), "No such file or directory"));
    tell(fail(settings_for("redis://nowhere.test"), "redis://nowhere.test:6379/0: no such name"));
    resolver_.names["empty.test"] = {};
    tell(fail(settings_for("redis://empty.test"), "the name has no address"));
}

TEST_F(client_connect, not_to_a_server_that_is_silent) {
    redis_server server;
    server.pause();
    client_settings settings = settings_for(server.url());
    settings.connect_timeout = milliseconds(50);
    tell(fail(std::move(settings), "timed out"));
}

TEST_F(client_connect, whose_stop_ends_the_wait_for_the_first_attempt) {
    redis_server server;
    server.pause();
    tell(stop_in_the_first_attempt(server.url()));
}

}  // namespace
}  // namespace postrider::redis
