#include "shard_stack.h"

#include <boost/asio/awaitable.hpp>

#include <utility>
#include <vector>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {

constexpr milliseconds answers_take_at_most{2000};
constexpr milliseconds settlements_take_at_most{3000};

net::resolver_settings resolver_settings(const config::egress_settings& egress) {
    net::resolver_settings settings;
    settings.servers = egress.dns_servers;
    return settings;
}

redis::client_settings client_settings(const shard_stack::plan& plan) {
    redis::client_settings settings;
    settings.where = plan.redis;
    settings.name = "postrider-" + std::to_string(plan.index);
    return settings;
}

queue::ownership::settings ownership_settings(const shard_stack::plan& plan,
                                              const config::redis_settings& redis) {
    queue::ownership::settings settings;
    settings.lease = redis.lease;
    settings.exclusive = plan.exclusive;
    for (auto partition = static_cast<std::uint32_t>(plan.index); partition < redis.partitions;
         partition += static_cast<std::uint32_t>(plan.shards)) {
        settings.partitions.push_back(partition);
    }
    return settings;
}

delivery::sender::settings sender_settings(const shard_stack::plan& plan) {
    delivery::sender::settings settings;
    settings.user_agent = plan.user_agent;
    return settings;
}

queue::store::settings store_settings(const config::limit_settings& limits) {
    queue::store::settings settings;
    settings.dedup_window = limits.dedup_window;
    return settings;
}

}  // namespace

http::server_limits server_limits(const config::limit_settings& limits) {
    http::server_limits server;
    server.decoder.max_head = limits.max_header_bytes;
    server.max_connections = limits.max_connections;
    server.header_timeout = limits.header_timeout;
    server.body_timeout = limits.body_timeout;
    server.idle_timeout = limits.idle_timeout;
    return server;
}

shard_stack::shard_stack(const plan& made, const config::settings& settings, const queue::keys& keys,
                         metrics::registry& metrics, shard_operations::reload_request reload,
                         std::function<void(std::uint32_t, std::string)> wake)
    : shard(made.index),
      resolver(net::make_resolver(shard.executor(), resolver_settings(settings.egress), system_time())),
      redis(shard.executor(), *resolver, client_settings(made), queue::store::preamble(), system_time()),
      ownership(shard.executor(), redis, keys, random, metrics, system_time(),
                ownership_settings(made, settings.redis)),
      sender(shard.executor(), *resolver, system_time(), sender_settings(made), delivery::egress_rules()),
      dispatcher({shard.executor(), sender, store, ownership, keys, metrics, random, system_time()},
                 {[shards = made.shards, index = made.index](std::uint32_t partition) {
                      return partition % shards == index;
                  },
                  std::move(wake)},
                 made.slots),
      store(shard.executor(), redis, keys, ownership, dispatcher, metrics, system_time(),
            store_settings(settings.limits)),
      router(shard, keys),
      intake(router, metrics, random, system_time()),
      operations(shard, redis, std::move(reload)),
      admin(operations, metrics, intake),
      ingest_server(shard.executor(), intake, server_limits(settings.limits)),
      admin_server(shard.executor(), admin, server_limits(settings.limits)) {
    ownership.attach(store, dispatcher);
}

void shard_stack::apply(const live_settings_ptr& live) {
    intake::view intake_view;
    intake_view.subscriptions = live->subscriptions;
    intake_view.tokens = live->tokens;
    intake_view.max_body_bytes = live->settings.limits.max_body_bytes;
    intake_view.max_batch_bytes = live->settings.limits.max_batch_bytes;
    intake_view.max_batch_events = live->settings.limits.max_batch_events;
    intake.set_view(std::move(intake_view));
    admin.set_view({live->tokens, live->settings.access.open_metrics});
    ingest_server.set_limits(server_limits(live->settings.limits));
    admin_server.set_limits(server_limits(live->settings.limits));
    sender.set_rules(live->egress);
    dispatcher.set_snapshot(live->subscriptions);
}

void shard_stack::begin() {
    begun_ = true;
    ownership.start();
    dispatcher.start();
    intake.set_open(true);
}

void shard_stack::stop(milliseconds grace, std::function<void()> done) {
    ingest_server.begin_stop();
    admin_server.begin_stop();
    runtime::spawn(shard.executor(), "stop", run_stop(grace), std::move(done));
}

asio::awaitable<void> shard_stack::run_stop(milliseconds grace) {
    co_await ingest_server.stop(answers_take_at_most);
    co_await admin_server.stop(answers_take_at_most);
    intake.set_open(false);
    if (begun_) {
        co_await dispatcher.stop(grace);
        co_await store.drain(settlements_take_at_most);
        co_await ownership.stop();
    }
    co_await redis.stop();
}

}  // namespace postrider::daemon
