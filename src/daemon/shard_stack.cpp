#include "shard_stack.h"

#include "front_door.h"

#include <postrider/log/log.h>
#include <postrider/redis/slot.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {

constexpr milliseconds answers_take_at_most{2000};
constexpr milliseconds settlements_take_at_most{3000};
constexpr milliseconds disable_repeated_every{1000};

/// Every script that this daemon runs, loaded on each new connection.
std::vector<redis::command> preamble() {
    auto commands = queue::store::preamble();
    for (auto& more : {catalog::store::preamble(), dead_letter::job_store::preamble()})
        commands.insert(commands.end(), more.begin(), more.end());
    return commands;
}

net::resolver_settings resolver_settings(const config::egress_settings& egress) {
    net::resolver_settings settings;
    settings.servers = egress.dns_servers;
    return settings;
}

/// Which of the partitions are this shard's.
std::vector<std::uint32_t> partitions_of(const shard_stack::plan& plan, std::uint32_t all) {
    std::vector<std::uint32_t> partitions;
    for (auto partition = static_cast<std::uint32_t>(plan.index); partition < all;
         partition += static_cast<std::uint32_t>(plan.shards))
        partitions.push_back(partition);
    return partitions;
}

queue::ownership::settings ownership_settings(const shard_stack::plan& plan,
                                              const config::redis_settings& redis,
                                              const queue::replication& replicated) {
    queue::ownership::settings settings;
    settings.replicated = replicated;
    settings.lease = redis.lease;
    settings.exclusive = plan.exclusive;
    settings.holder = plan.self.name + ' ' + plan.self.id;
    settings.waits_for_share = true;
    settings.partitions = partitions_of(plan, redis.partitions);
    return settings;
}

delivery::sender::settings sender_settings(const shard_stack::plan& plan) {
    delivery::sender::settings settings;
    settings.user_agent = plan.user_agent;
    settings.max_connections = plan.connections;
    return settings;
}

queue::store::settings store_settings(const config::limit_settings& limits,
                                      const queue::replication& replicated) {
    queue::store::settings settings;
    settings.replicated = replicated;
    settings.dedup_window = limits.dedup_window;
    return settings;
}

/// A renewed certificate disturbs no connection. Who came in under rules that now refuse him, or might, ends
/// with his request: addresses that are off the list, and all of a listener where TLS began or ended or
/// trusts other authorities.
void dismiss_whom_it_refuses(http::server& server, const config::listener_settings& before,
                             const config::listener_settings& now) {
    const auto trusted = [](const config::listener_settings& listener) {
        return listener.tls ? std::optional(listener.tls->client_authorities) : std::nullopt;
    };
    if (trusted(before) != trusted(now)) {
        server.dismiss([](const ip_address&) { return false; });
    } else if (before.allow_cidrs != now.allow_cidrs) {
        server.dismiss([&now](const ip_address& peer) { return is_allowed(now.allow_cidrs, peer); });
    }
}

}  // namespace

http::server_limits server_limits(const config::limit_settings& limits) {
    http::server_limits server;
    server.decoder.max_head = limits.max_header_bytes;
    server.header_timeout = limits.header_timeout;
    server.body_timeout = limits.body_timeout;
    server.idle_timeout = limits.idle_timeout;
    return server;
}

shard_stack::shard_stack(const plan& made, const config::settings& settings, const queue::keys& keys,
                         metrics::registry& metrics, const requests& daemon)
    : shard(made.index),
      resolver(net::make_resolver(shard.executor(), resolver_settings(settings.egress), system_time())),
      store_resolver(*resolver, daemon.store_name_resolved),
      links(made.redis.make_links(shard.executor(), store_resolver, "postrider-" + std::to_string(made.index),
                                  preamble())),
      replicated(settings.redis.level == config::durability::replicated
                     ? made.redis.make_links(shard.executor(), store_resolver,
                                             "postrider-" + std::to_string(made.index) + "-replicated",
                                             queue::store::preamble())
                     : nullptr),
      redis(links->of(redis::hash_slot(keys.store()))),
      ownership(shard.executor(), *links, keys, random, metrics, system_time(),
                ownership_settings(made, settings.redis, replication_of(settings.redis))),
      notes(shard.executor(), redis, keys),
      inspection(*links, keys, metrics, system_time()),
      belongings(*links, keys, metrics, system_time()),
      catalog(links->of(redis::hash_slot(catalog::store::hash_tag)), settings.redis.prefix, made.sealer,
              random, system_time()),
      jobs(links->of(redis::hash_slot(dead_letter::job_store::hash_tag)), settings.redis.prefix, random,
           system_time()),
      sender(shard.executor(), *resolver, system_time(), sender_settings(made), delivery::egress_rules()),
      dispatcher({shard.executor(), sender, store, inspection, ownership, keys, metrics, *made.storm, random,
                  system_time()},
                 {[shards = made.shards, index = made.index](std::uint32_t partition) {
                      return partition % shards == index;
                  },
                  daemon.wake,
                  [this](std::string queue_name, standing::disablement why, std::string url_text) {
                      disable(std::move(queue_name), why, std::move(url_text));
                  },
                  [this](std::uint32_t partition, std::string queue_name) {
                      notes.add(partition, std::move(queue_name));
                  },
                  [this](std::string queue_name, std::string url_text, std::string error) {
                      note_challenge(std::move(queue_name), std::move(url_text), std::move(error));
                  }},
                 made.slots),
      store(shard.executor(), *links, partitions_of(made, settings.redis.partitions), keys, ownership,
            dispatcher, metrics, system_time(),
            store_settings(settings.limits, replication_of(settings.redis))),
      router(shard, keys, links->is_split(),
             [this](const std::string& queue_name) {
                 return live_ ? live_->subscriptions->find(queue_name) : endpoint_ptr();
             }),
      intake(router, metrics, random, system_time()),
      audit(std::make_shared<reconciler>(reconciler::surroundings{
          shard.executor(), inspection, ownership, metrics, partitions_of(made, settings.redis.partitions)})),
      operations(shard, redis, keys, daemon),
      admin({operations, metrics, intake, inspection, belongings, catalog, jobs, random, system_time()}),
      ingest_server(shard.executor(), intake, server_limits(settings.limits)),
      admin_server(shard.executor(), admin, server_limits(settings.limits)),
      daemon_(daemon) {
    ownership.attach(store, dispatcher);
    if (made.index != 0) return;
    make_job_runner(made.exclusive);
    upkeep = std::make_shared<catalog_upkeep>(shard.executor(), catalog, daemon.count_keys);
    make_membership(made, settings.redis, keys, metrics);
}

void shard_stack::make_membership(const plan& made, const config::redis_settings& settings,
                                  const queue::keys& keys, metrics::registry& metrics) {
    const auto slot = redis::hash_slot(queue::keys::members_tag);
    listening = made.redis.make_links(shard.executor(), store_resolver, "postrider-members", {});
    queue::membership::settings wanted;
    wanted.self = made.self;
    wanted.lease = settings.lease;
    wanted.exclusive = made.exclusive;
    membership.emplace(
        shard.executor(), links->of(slot), listening->of(slot), keys, metrics, system_time(), wanted,
        queue::membership::listener{daemon_.share, daemon_.look_for_free, daemon_.wake_if_owned});
}

void shard_stack::set_view(const queue::membership_view_ptr& view) {
    notes.set_view(view);
    ownership.set_share(view->own_share());
}

/// Work for somebody else is not told on: if that one does not know, it looks within a second.
void shard_stack::wake_if_owned(std::uint32_t partition, const std::string& queue_name) {
    if (!ownership.settle_token(partition).empty()) dispatcher.on_ready(partition, queue_name);
}

queue::replication shard_stack::replication_of(const config::redis_settings& configured) {
    queue::replication wanted;
    if (!replicated) return wanted;
    wanted.links = replicated.get();
    wanted.replicas = configured.replicas;
    wanted.timeout = configured.replica_timeout;
    return wanted;
}

void shard_stack::connect() {
    links->start();
    if (replicated) replicated->start();
}

std::vector<std::string> shard_stack::queues_of_limited_tenants() const {
    std::vector<std::string> queues;
    if (!live_ || live_->settings.limits.max_queued_by_tenant.empty()) return queues;
    for (const auto& endpoint : live_->subscriptions->endpoints())
        if (live_->settings.limits.max_queued_by_tenant.contains(endpoint->tenant))
            queues.push_back(endpoint->queue_name());
    return queues;
}

void shard_stack::make_job_runner(bool exclusive) {
    job_runner.emplace(dead_letter::job_runner::surroundings{
        shard.executor(), jobs, inspection, belongings, random, system_time(),
        [this](const std::string& queue_name) { return limits_of(queue_name); },
        [this](std::string queue_name) { operations.wake(std::move(queue_name)); },
        [this](std::string queue_name) { return is_stored(std::move(queue_name)); },
        [this](const queue::inspection::ending& why, const std::vector<queue::inspection::death>& deaths) {
            dispatcher.report_deaths(why, deaths);
        },
        exclusive});
}

/// What lies there unreadable is there.
asio::awaitable<std::optional<bool>> shard_stack::is_stored(std::string queue_name) {
    const auto dot = std::min(queue_name.find('.') + 1, queue_name.size());
    const auto found = co_await catalog.find(queue_name.substr(dot));
    if (found) co_return true;
    if (found.error().kind == catalog::fault_kind::missing) co_return false;
    if (found.error().kind == catalog::fault_kind::unreadable) co_return true;
    co_return std::nullopt;
}

dead_letter::job_runner::limits shard_stack::limits_of(const std::string& queue_name) const {
    dead_letter::job_runner::limits limits;
    const auto known = live_ ? live_->subscriptions->find(queue_name) : nullptr;
    limits.known = known != nullptr;
    const endpoint_limits of = known ? known->limits : endpoint_limits();
    limits.max_queued = of.max_queued_events;
    limits.max_dead_letters = of.max_dead_letters;
    return limits;
}

void shard_stack::disable(std::string queue_name, standing::disablement why, std::string url_text) {
    using enum catalog::store::step;
    const auto step = why == standing::disablement::gone ? disable_gone : disable_failing;
    runtime::spawn(shard.executor(), "disable",
                   keep_disabled(std::move(queue_name), step, std::move(url_text)));
}

/// Until the store has it: this daemon holds the endpoint anyway, the others must learn of it.
asio::awaitable<void> shard_stack::keep_disabled(std::string queue_name, catalog::store::step step,
                                                 std::string url_text) {
    while (!stopping_) {
        const auto changed = co_await catalog.change_standing(queue_name, step, url_text);
        if (changed) {
            dispatcher.note_disabled(queue_name, url_text, changed->version);
            break;
        }
        co_await runtime::sleep_for(disable_repeated_every);
    }
    if (!stopping_) co_await operations.refresh();
}

void shard_stack::note_challenge(std::string queue_name, std::string url_text, std::string error) {
    runtime::spawn(shard.executor(), "note challenge",
                   keep_challenge(std::move(queue_name), std::move(url_text), std::move(error)));
}

/// What came of a challenge, until the store has it: the endpoint gets nothing before.
asio::awaitable<void> shard_stack::keep_challenge(std::string queue_name, std::string url_text,
                                                  std::string error) {
    while (!stopping_) {
        const auto changed = co_await catalog.note_challenge(queue_name, url_text, error);
        if (changed) break;
        co_await runtime::sleep_for(disable_repeated_every);
    }
    if (!stopping_) co_await operations.refresh();
}

void shard_stack::note_moved(const endpoint_ptr& endpoint) {
    runtime::spawn(shard.executor(), "note moved", end_disablement(endpoint));
}

asio::awaitable<void> shard_stack::end_disablement(endpoint_ptr endpoint) {
    const std::string name = endpoint->queue_name();
    while (!stopping_) {
        const auto changed =
            co_await catalog.change_standing(name, catalog::store::step::moved, endpoint->url_text);
        if (changed) {
            log::info("disablement of another url ended",
                      {{"endpoint", endpoint->id}, {"tenant", endpoint->tenant}});
            break;
        }
        co_await runtime::sleep_for(disable_repeated_every);
    }
}

void shard_stack::apply(const live_settings_ptr& live) {
    intake::view intake_view;
    intake_view.subscriptions = live->subscriptions;
    intake_view.tokens = live->tokens;
    intake_view.rates = live->rates;
    intake_view.max_body_bytes = live->settings.limits.max_body_bytes;
    intake_view.max_batch_bytes = live->settings.limits.max_batch_bytes;
    intake_view.max_batch_events = live->settings.limits.max_batch_events;
    intake.set_view(std::move(intake_view));
    store.set_max_body_bytes(live->settings.limits.max_body_bytes);
    admin::view admin_view;
    admin_view.tokens = live->tokens;
    admin_view.rates = live->rates;
    admin_view.open_metrics = live->settings.access.open_metrics;
    admin_view.subscriptions = live->subscriptions;
    admin_view.standings = live->standings;
    admin_view.allow_ports = live->settings.egress.allow_ports;
    admin_view.egress = live->egress;
    admin_view.cursor_key = live->cursor_key;
    admin.set_view(std::move(admin_view));
    ingest_server.set_limits(server_limits(live->settings.limits));
    admin_server.set_limits(server_limits(live->settings.limits));
    ingest_server.set_tls(live->tls.ingest);
    admin_server.set_tls(live->tls.admin);
    if (live_) {
        dismiss_whom_it_refuses(ingest_server, live_->settings.ingest, live->settings.ingest);
        dismiss_whom_it_refuses(admin_server, live_->settings.admin, live->settings.admin);
    }
    sender.set_rules(live->egress);
    dispatcher.set_snapshot(live->subscriptions, live->standings, live->standings_version);
    dispatcher.end_metrics(live->gone);
    if (live->sealer) catalog.set_sealer(live->sealer);
    catalog.set_trail_limits({live->settings.audit.max_records, live->settings.audit.retention});
    live_ = live;
}

void shard_stack::begin() {
    begun_ = true;
    ownership.start();
    dispatcher.start();
    if (membership) membership->start();
    intake.set_open(true);
    audit->start();
    if (job_runner) job_runner->start();
    if (upkeep) upkeep->start();
}

void shard_stack::stop(milliseconds grace, std::function<void()> done) {
    stopping_ = true;
    audit->stop();
    if (upkeep) upkeep->stop();
    if (membership && begun_) membership->leave();
    ingest_server.begin_stop();
    admin_server.begin_stop();
    runtime::spawn(shard.executor(), "stop", run_stop(grace), std::move(done));
}

asio::awaitable<void> shard_stack::run_stop(milliseconds grace) {
    co_await ingest_server.stop(answers_take_at_most);
    co_await admin_server.stop(answers_take_at_most);
    intake.set_open(false);
    if (begun_) {
        if (job_runner) co_await job_runner->stop();
        co_await dispatcher.stop(grace);
        co_await store.drain(settlements_take_at_most);
        co_await ownership.stop();
        if (membership) co_await membership->stop();
    }
    if (replicated) co_await replicated->stop();
    co_await links->stop();
}

}  // namespace postrider::daemon
