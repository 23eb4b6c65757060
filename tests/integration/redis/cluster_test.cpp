#include "story.h"
#include "support/redis/redis_fleet.h"

#include <postrider/redis/cluster.h>

#include <string>

namespace postrider::redis {
namespace {

namespace asio = boost::asio;
using testing::fleet_options;
using testing::redis_cluster;

constexpr const char* password = "hunter2";
constexpr std::uint16_t slot = 0;            // of node 0
const std::string key = "{06S}:k";           // CLUSTER KEYSLOT 06S = 0
constexpr std::uint16_t other_slot = 12182;  // of node 2
const std::string other_key = "{foo}:k";

class client_cluster : public story {
 protected:
    std::shared_ptr<cluster_map> map_;

    static cluster_settings settings_of(redis_cluster& cluster, std::vector<std::size_t> seeds = {0, 1, 2}) {
        cluster_settings settings;
        for (const std::size_t index : seeds) {
            location where;
            where.host = "127.0.0.1";
            where.port = cluster.port_of(cluster.node(index));
            settings.seeds.push_back(where);
        }
        return settings;
    }

    std::unique_ptr<client> make_client(std::uint16_t of_slot) {
        client_settings how;
        how.first_backoff = milliseconds(5);
        how.max_backoff = milliseconds(100);
        return std::make_unique<client>(context_.get_executor(), resolver_, make_slot_locator(map_, of_slot),
                                        how, std::vector<command>(), system_time());
    }

    void make_map(cluster_settings settings) {
        map_ = std::make_shared<cluster_map>(context_.get_executor(), resolver_, std::move(settings),
                                             system_time());
    }

    static asio::awaitable<std::string> set(client& used, std::string name, std::string value) {
        command text("SET", name, value);
        const call_result stored = co_await used.call(std::move(text));
        co_return outcome(stored);
    }

    static asio::awaitable<std::string> get(client& used, std::string name) {
        command text("GET", name);
        const call_result got = co_await used.call(std::move(text));
        co_return outcome(got);
    }

    /// Until the Cluster takes writes of the slot again: meanwhile it answers CLUSTERDOWN.
    static asio::awaitable<void> set_at_last(client& used, std::string name, std::string value) {
        std::string answer;
        while (answer != "OK") {
            (void)co_await used.wait_connected();
            answer = co_await set(used, name, value);
            const bool passes = answer == "OK" || answer == "not_sent" || answer == "unknown" ||
                                answer.starts_with("CLUSTERDOWN") || answer.starts_with("MOVED");
            EXPECT_TRUE(passes) << answer;
            if (answer != "OK") co_await runtime::sleep_for(milliseconds(1));
        }
    }

    asio::awaitable<void> lose_a_master(redis_cluster& cluster) {
        const auto used = make_client(slot);
        const auto other = make_client(other_slot);
        used->start();
        other->start();
        EXPECT_TRUE(co_await used->wait_connected());
        EXPECT_TRUE(co_await other->wait_connected());
        EXPECT_EQ(used->where().port, cluster.port_of(cluster.node(0)));
        EXPECT_EQ(other->where().port, cluster.port_of(cluster.node(2)));
        EXPECT_EQ(map_->refreshes(), 1U) << "both used the same answer";
        EXPECT_EQ(map_->masters().size(), 3U);
        const std::string stored = co_await set(*used, key, "before");
        EXPECT_EQ(stored, "OK");
        command wait("WAIT", 1, 5000);
        const call_result replicas = co_await used->call(std::move(wait));
        EXPECT_EQ(outcome(replicas), "1");

        cluster.kill_master(0);
        co_await set_at_last(*used, key + "2", "after");
        EXPECT_EQ(used->where().port, cluster.port_of(cluster.node(3)));
        const std::string kept = co_await get(*used, key);
        EXPECT_EQ(kept, "before");
        co_await set_at_last(*other, other_key, "x");
        co_await used->stop();
        co_await other->stop();
    }

    asio::awaitable<void> move_a_slot(redis_cluster& cluster) {
        const auto used = make_client(slot);
        used->start();
        EXPECT_TRUE(co_await used->wait_connected());
        // The new owner first: so it is done, and so nobody is sent to a node that does not know of it.
        const std::string id = cluster.id(1);
        for (const std::size_t index : {1UL, 0UL, 2UL})
            EXPECT_EQ(cluster.node(index).ask("CLUSTER SETSLOT 0 NODE " + id), "OK\n");
        std::vector<std::string> answers;
        for (int count = 0; count < 3; ++count) {
            used->call(command("SET", key, "moved"), used->generation(),
                       [&](const call_result& result) { answers.push_back(outcome(result)); });
        }
        EXPECT_TRUE(co_await used->wait_connected(1));
        EXPECT_EQ(answers, std::vector<std::string>(3, moved_to(cluster, 1)))
            << "all that was written has its answer, none is unknown";
        EXPECT_EQ(used->where().port, cluster.port_of(cluster.node(1)));
        const std::string stored = co_await set(*used, key, "moved");
        EXPECT_EQ(stored, "OK");
        EXPECT_EQ(used->generation(), 2U);
        command del("DEL", key);  // slots with keys do not move without them
        (void)co_await used->call(std::move(del));
        co_await used->stop();
    }

    static std::string moved_to(redis_cluster& cluster, std::size_t index) {
        return "MOVED 0 127.0.0.1:" + std::to_string(cluster.port_of(cluster.node(index)));
    }

    /// Where the pause forbids to ask the nodes, the MOVED itself leads on.
    asio::awaitable<void> believe_a_moved(redis_cluster& cluster) {
        cluster_settings settings = settings_of(cluster);
        settings.refresh_pause = std::chrono::hours(1);
        make_map(std::move(settings));
        const auto used = make_client(slot);
        used->start();
        EXPECT_TRUE(co_await used->wait_connected());
        const std::string id = cluster.id(2);
        for (const std::size_t index : {2UL, 1UL, 0UL})
            EXPECT_EQ(cluster.node(index).ask("CLUSTER SETSLOT 0 NODE " + id), "OK\n");
        const std::string refused = co_await set(*used, key, "x");
        EXPECT_TRUE(refused.starts_with("MOVED 0 ")) << refused;
        EXPECT_FALSE(used->connected());
        const std::string early = co_await set(*used, key, "x");
        EXPECT_EQ(early, "not_sent");
        EXPECT_TRUE(co_await used->wait_connected(1));
        EXPECT_EQ(used->where().port, cluster.port_of(cluster.node(2)));
        EXPECT_EQ(map_->refreshes(), 1U) << "no refresh within the pause";
        const std::string stored = co_await set(*used, key, "x");
        EXPECT_EQ(stored, "OK");
        co_await used->stop();
    }

    asio::awaitable<void> pass_ask_on(redis_cluster& cluster) {
        const auto used = make_client(other_slot);
        used->start();
        EXPECT_TRUE(co_await used->wait_connected());
        const std::string stored = co_await set(*used, other_key, "here");
        EXPECT_EQ(stored, "OK");
        const std::string from = cluster.id(2);
        const std::string to = cluster.id(1);
        EXPECT_EQ(cluster.node(1).ask("CLUSTER SETSLOT 12182 IMPORTING " + from), "OK\n");
        EXPECT_EQ(cluster.node(2).ask("CLUSTER SETSLOT 12182 MIGRATING " + to), "OK\n");
        const std::string missing = co_await get(*used, "{foo}:never");
        EXPECT_TRUE(missing.starts_with("ASK 12182 ")) << missing;
        const std::string present = co_await get(*used, other_key);
        EXPECT_EQ(present, "here");
        EXPECT_EQ(used->generation(), 1U);
        EXPECT_TRUE(used->connected());
        co_await used->stop();
    }

    asio::awaitable<void> fail(std::string says) {
        const auto used = make_client(slot);
        used->start();
        const std::string error = co_await wait_for_failure(*used);
        EXPECT_NE(error.find(says), std::string::npos) << error;
        EXPECT_EQ(error.find(password), std::string::npos) << error;
        co_await used->stop();
    }

    asio::awaitable<void> stop_while_asking(redis_cluster& cluster) {
        cluster.node(0).pause();
        cluster_settings settings = settings_of(cluster, {0});
        settings.ask_timeout = std::chrono::hours(1);
        make_map(std::move(settings));
        const auto asks = make_client(slot);
        const auto waits = make_client(other_slot);
        asks->start();
        waits->start();
        co_await runtime::sleep_for(milliseconds(20));
        co_await waits->stop();
        co_await asks->stop();
        cluster.node(0).resume();
    }
};

TEST_F(client_cluster, follows_a_promoted_replica) {
    redis_cluster cluster;
    make_map(settings_of(cluster));
    tell(lose_a_master(cluster));
    // From nodes of which one is dead.
    make_map(settings_of(cluster, {0, 4}));
    const auto again = [](client& used, std::uint16_t port) -> asio::awaitable<void> {
        used.start();
        EXPECT_TRUE(co_await used.wait_connected());
        EXPECT_EQ(used.where().port, port);
        co_await used.stop();
    };
    const auto used = make_client(slot);
    tell(again(*used, cluster.port_of(cluster.node(3))));
}

TEST_F(client_cluster, follows_slots_and_waits_for_half_moved_ones) {
    redis_cluster cluster;
    make_map(settings_of(cluster));
    tell(move_a_slot(cluster));
    tell(believe_a_moved(cluster));
    make_map(settings_of(cluster));
    tell(pass_ask_on(cluster));
    tell(stop_while_asking(cluster));
}

TEST_F(client_cluster, works_with_tls_and_a_user) {
    fleet_options options;
    options.tls = true;
    options.user = "rider";
    options.password = password;
    redis_cluster cluster(options);
    cluster_settings settings = settings_of(cluster);
    for (location& seed : settings.seeds) {
        seed.kind = location::transport::tls;
        seed.ca_file = cluster.certificate();
        seed.username = "rider";
        seed.password = secret(password);
    }
    make_map(settings);
    tell(lose_a_master(cluster));

    for (location& seed : settings.seeds)
        seed.password = secret(std::string(password) + "3");
    make_map(settings);
    tell(fail("AUTH refused: WRONGPASS"));
}

TEST_F(client_cluster, says_why_it_finds_no_master) {
    redis_cluster cluster;
    cluster_settings settings = settings_of(cluster, {0});
    settings.seeds.front().password = secret(password);
    make_map(settings);
    tell(fail("slot 0 of the Cluster: redis://127.0.0.1:"));
    make_map(settings);
    tell(fail("AUTH refused"));

    testing::redis_options alone;
    alone.tcp = true;
    const testing::redis_server no_node(alone);
    settings = settings_of(cluster, {0});
    settings.seeds.front().port = no_node.port();
    make_map(settings);
    tell(fail("CLUSTER SLOTS refused: ERR This instance has cluster support disabled"));
    alone.arguments = {"--cluster-enabled", "yes", "--cluster-port", std::to_string(testing::free_port())};
    const testing::redis_server lonely(alone);
    settings.seeds.front().port = lonely.port();
    make_map(settings);
    tell(fail("it is not part of a Cluster yet"));
    for (std::size_t index = 0; index < 6; ++index)
        cluster.node(index).kill_now();
    make_map(settings_of(cluster));
    tell(fail("refused"));
}

}  // namespace
}  // namespace postrider::redis
