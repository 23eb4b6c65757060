#include "story.h"
#include "support/redis/redis_fleet.h"

#include <postrider/redis/sentinel.h>

#include <string>

namespace postrider::redis {
namespace {

namespace asio = boost::asio;
using testing::fleet_options;
using testing::redis_options;
using testing::redis_sentinels;
using testing::redis_server;

constexpr const char* password = "hunter2";

class client_sentinel : public story {
 protected:
    static location at(const redis_sentinels& fleet, const redis_server& server) {
        location where;
        where.host = "127.0.0.1";
        where.port = fleet.port_of(server);
        return where;
    }

    static sentinel_settings settings_of(redis_sentinels& fleet) {
        sentinel_settings settings;
        settings.master = "mymaster";
        for (std::size_t index = 0; index < 3; ++index)
            settings.nodes.push_back(at(fleet, fleet.sentinel(index)));
        return settings;
    }

    static void secure(sentinel_settings& settings, const std::string& certificate) {
        settings.server.username = "rider";
        settings.server.password = secret(password);
        settings.server.kind = location::transport::tls;
        settings.server.ca_file = certificate;
        for (location& node : settings.nodes) {
            node.username = "sentry";
            node.password = secret(std::string("sent-") + password);
            node.kind = location::transport::tls;
            node.ca_file = certificate;
        }
    }

    std::unique_ptr<client> make_client(sentinel_settings settings) {
        client_settings how;
        how.first_backoff = milliseconds(5);
        how.max_backoff = milliseconds(100);
        auto finder =
            make_sentinel_locator(context_.get_executor(), resolver_, std::move(settings), system_time());
        return std::make_unique<client>(context_.get_executor(), resolver_, std::move(finder), how,
                                        std::vector<command>(), system_time());
    }

    static asio::awaitable<void> set(client& used, std::string value) {
        command text("SET", "k", value);
        const call_result stored = co_await used.call(std::move(text));
        EXPECT_EQ(outcome(stored), "OK");
    }

    /// The former master is gone from the client's view, and what it held is at the new one.
    static asio::awaitable<void> follow(client& used, std::uint16_t before) {
        while (!used.connected() || used.where().port == before)
            (void)co_await used.wait_connected(used.generation());
        command get("GET", "k");
        const call_result kept = co_await used.call(std::move(get));
        EXPECT_EQ(outcome(kept), "before");
        co_await set(used, "after");
    }

    asio::awaitable<void> lose_the_master(redis_sentinels& fleet, sentinel_settings settings) {
        const auto used = make_client(std::move(settings));
        used->start();
        EXPECT_TRUE(co_await used->wait_connected());
        const std::uint16_t before = used->where().port;
        EXPECT_EQ(before, fleet.port_of(fleet.server(0)));
        co_await set(*used, "before");
        command wait("WAIT", 2, 5000);
        const call_result replicas = co_await used->call(std::move(wait));
        EXPECT_EQ(outcome(replicas), "2");
        fleet.server(0).kill_now();
        co_await follow(*used, before);
        co_await used->stop();
    }

    asio::awaitable<void> change_the_master(redis_sentinels& fleet) {
        auto settings = settings_of(fleet);
        settings.recheck_every = milliseconds(50);
        const auto used = make_client(std::move(settings));
        used->start();
        EXPECT_TRUE(co_await used->wait_connected());
        const std::uint16_t before = used->where().port;
        co_await set(*used, "before");
        command wait("WAIT", 2, 5000);
        (void)co_await used->call(std::move(wait));
        const auto began = system_time().monotonic_now();
        testing::wait_until("a failover", [&] {
            return fleet.sentinel(1).ask("SENTINEL FAILOVER mymaster").starts_with("OK");
        });
        co_await follow(*used, before);
        const std::string role = fleet.server(0).ask("ROLE");
        const bool in_time = system_time().monotonic_now() - began < milliseconds(8000);
        EXPECT_TRUE(role.starts_with("master") || !in_time)
            << "it hears of it eight seconds later; nobody may wait for that";
        co_await used->stop();
    }

    asio::awaitable<void> fail(sentinel_settings settings, std::string says) {
        const auto used = make_client(std::move(settings));
        used->on_change([](bool) { ADD_FAILURE() << "it never was connected"; });
        used->start();
        const std::string error = co_await wait_for_failure(*used);
        EXPECT_NE(error.find(says), std::string::npos) << error;
        EXPECT_EQ(error.find(password), std::string::npos) << error;
        co_await used->stop();
    }

    asio::awaitable<void> pass_by_one_that_is_silent(redis_sentinels& fleet) {
        fleet.sentinel(0).pause();
        auto settings = settings_of(fleet);
        settings.ask_timeout = milliseconds(100);
        const auto used = make_client(std::move(settings));
        used->start();
        EXPECT_TRUE(co_await used->wait_connected());
        EXPECT_EQ(used->generation(), 1U);
        EXPECT_EQ(used->last_error(), "") << "the others answered in the same attempt";
        co_await used->stop();
        fleet.sentinel(0).resume();
    }

    asio::awaitable<void> stop_while_asking(redis_sentinels& fleet) {
        for (std::size_t index = 0; index < 3; ++index)
            fleet.sentinel(index).pause();
        auto settings = settings_of(fleet);
        settings.ask_timeout = std::chrono::hours(1);
        const auto used = make_client(std::move(settings));
        used->start();
        co_await runtime::sleep_for(milliseconds(20));
        co_await used->stop();
        for (std::size_t index = 0; index < 3; ++index)
            fleet.sentinel(index).resume();
    }
};

TEST_F(client_sentinel, is_followed_after_the_death_of_the_master) {
    redis_sentinels fleet;
    tell(lose_the_master(fleet, settings_of(fleet)));
}

TEST_F(client_sentinel, is_followed_with_tls_and_users) {
    fleet_options options;
    options.tls = true;
    options.user = "rider";
    options.password = password;
    redis_sentinels fleet(options);
    auto settings = settings_of(fleet);
    secure(settings, fleet.certificate());
    auto wrong = settings;
    for (location& node : wrong.nodes)
        node.password = secret(std::string(password) + "3");
    tell(fail(wrong, "AUTH refused: WRONGPASS"));
    wrong = settings;
    wrong.server.password = secret(std::string(password) + "3");
    tell(fail(wrong, "AUTH refused: WRONGPASS"));
    tell(lose_the_master(fleet, settings));
}

TEST_F(client_sentinel, is_followed_after_a_manual_failover) {
    redis_sentinels fleet;
    tell(change_the_master(fleet));
}

TEST_F(client_sentinel, may_be_silent_unknowing_or_gone) {
    redis_sentinels fleet;
    tell(pass_by_one_that_is_silent(fleet));
    tell(stop_while_asking(fleet));
    auto settings = settings_of(fleet);
    settings.master = "nobody";
    tell(fail(settings, "where the master \"nobody\" is: "));
    tell(fail(settings, "it watches no master of this name"));

    settings = settings_of(fleet);
    settings.server.password = secret(password);
    tell(fail(settings, "AUTH refused"));
    for (location& node : settings.nodes)
        node.password = secret(password);
    tell(fail(settings, "AUTH refused"));

    for (std::size_t index = 0; index < 3; ++index)
        fleet.sentinel(index).kill_now();
    tell(fail(settings_of(fleet), "refused"));
}

TEST_F(client_sentinel, is_not_believed_when_it_names_a_replica) {
    redis_options options;
    options.tcp = true;
    const redis_server master(options);
    options.arguments = {"--replicaof", "127.0.0.1", std::to_string(master.port())};
    const redis_server replica(options);
    redis_options watcher;
    watcher.tcp = true;
    watcher.sentinel = true;
    watcher.config = "sentinel monitor mymaster 127.0.0.1 " + std::to_string(replica.port()) + " 2\n";
    const redis_server sentinel(watcher);
    sentinel_settings settings;
    settings.master = "mymaster";
    location node;
    node.host = "127.0.0.1";
    node.port = sentinel.port();
    settings.nodes.push_back(node);
    tell(fail(settings, "it is no master, but a slave"));
}

}  // namespace
}  // namespace postrider::redis
