#include "state_directory.h"
#include "store_source.h"

#include <postrider/config/config.h>
#include <postrider/daemon/repartition.h>
#include <postrider/net/resolver.h>
#include <postrider/queue/repartition.h>
#include <postrider/queue/store.h>
#include <postrider/redis/embedded_server.h>
#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/io_context.hpp>

#include <csignal>
#include <memory>
#include <optional>
#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {

constexpr milliseconds connection_takes_at_most{30000};
constexpr milliseconds between_looks{50};
constexpr milliseconds server_stops_within{30000};

using outcome = expected<std::uint64_t, std::string>;

/// The redis-server of the state directory, for as long as the move takes.
struct embedded_store {
    std::optional<redis::state_lock> lock;
    std::optional<redis::embedded_server> server;

    expected<redis::location, std::string> open(const std::string& directory) {
        auto taken = redis::state_lock::take(directory, orphan_ends_within);
        if (!taken) return unexpected<std::string>(taken.error());
        lock.emplace(std::move(*taken));
        redis::embedded_settings settings;
        settings.directory = directory;
        settings.append_fsync = "everysec";  // each step leaves a store from which the next call goes on
        server.emplace(settings, *lock);
        if (auto started = server->start(); !started) return unexpected<std::string>(started.error());
        return server->where();
    }
};

asio::awaitable<bool> wait_until_connected(redis::client& client) {
    const monotonic_time end = system_time().monotonic_now() + connection_takes_at_most;
    while (!client.connected()) {
        // A server that reads its data answers so, however long it takes.
        const bool is_loading = client.last_error().find("LOADING") != std::string::npos;
        if (!is_loading && system_time().monotonic_now() > end) co_return false;
        co_await runtime::sleep_for(between_looks);
    }
    co_return true;
}

asio::awaitable<void> run(redis::links& links, metrics::registry& metrics, queue::repartition_plan plan,
                          outcome& result) {
    links.start();
    redis::client& client = links.of(0);  // the only one
    const bool connected = co_await wait_until_connected(client);
    if (connected)
        result = co_await queue::repartition(client, metrics, system_time(), std::move(plan));
    else
        result = unexpected<std::string>("Redis is away: " + client.last_error());
    co_await links.stop();
}

outcome move(const store_source& source, queue::repartition_plan plan,
             const config::egress_settings& egress) {
    asio::io_context io{1};
    net::resolver_settings names;
    names.servers = egress.dns_servers;
    const auto resolver = net::make_resolver(io.get_executor(), names, system_time());
    metrics::registry metrics;
    const auto links =
        source.make_links(io.get_executor(), *resolver, "postrider-repartition", queue::store::preamble());
    outcome result = unexpected<std::string>("nothing was done");
    runtime::spawn(io.get_executor(), "repartition", run(*links, metrics, std::move(plan), result),
                   [&io] { io.stop(); });
    io.run();
    return result;
}

}  // namespace

expected<std::uint64_t, std::string> repartition(const repartition_options& options) {
    (void)std::signal(SIGPIPE, SIG_IGN);
    auto settings = options.config_file.empty()
                        ? config::defaults()
                        : config::load(options.config_file, config::process_environment());
    if (!settings) return unexpected<std::string>(settings.error().front().to_string());
    queue::repartition_plan plan;
    plan.prefix = settings->redis.prefix;
    plan.partitions = options.partitions;
    plan.lease = settings->redis.lease;
    plan.progress = options.progress;
    const auto configured = configured_source(settings->redis);
    if (!configured) return unexpected<std::string>(configured.error());
    if (*configured && (*configured)->cluster)
        return unexpected<std::string>(
            "the partitions of a store on a Redis Cluster cannot be changed in place: see "
            "docs/operations.md");
    if (*configured) return move(**configured, std::move(plan), settings->egress);
    embedded_store embedded;
    const auto where = embedded.open(state_directory_of(options.state_directory));
    if (!where) return unexpected<std::string>(where.error());
    plan.lease = milliseconds(0);  // the lock proves that nobody runs
    store_source source;
    source.where = *where;
    auto result = move(source, std::move(plan), settings->egress);
    embedded.server->stop(server_stops_within);
    return result;
}

}  // namespace postrider::daemon
