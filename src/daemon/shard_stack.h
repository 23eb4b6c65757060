#pragma once

#include "announcing_resolver.h"
#include "catalog_upkeep.h"
#include "intake_router.h"
#include "reconciler.h"
#include "shard_operations.h"
#include "store_source.h"

#include <postrider/admin/service.h>
#include <postrider/catalog/store.h>
#include <postrider/config/config.h>
#include <postrider/daemon/listener_tls.h>
#include <postrider/dead_letter/job.h>
#include <postrider/delivery/sender.h>
#include <postrider/dispatch/dispatcher.h>
#include <postrider/http/server.h>
#include <postrider/intake/service.h>
#include <postrider/limit/request_rates.h>
#include <postrider/net/resolver.h>
#include <postrider/queue/belongings.h>
#include <postrider/queue/inspection.h>
#include <postrider/queue/membership.h>
#include <postrider/queue/ownership.h>
#include <postrider/queue/store.h>
#include <postrider/queue/work_notes.h>
#include <postrider/redis/client.h>
#include <postrider/runtime/shard.h>
#include <postrider/subscription/snapshot.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::daemon {

/// What every shard works with after a (re)load, swapped whole.
struct live_settings {
    subscription::snapshot_ptr subscriptions;  ///< endpoints of the files and of the catalog
    std::vector<std::string> gone;             ///< queues of endpoints that were there before
    standings_ptr standings;
    std::uint64_t standings_version = 0;  ///< of the catalog that they were read from
    secret cursor_key;                    ///< of the catalog; empty: it was not read yet
    std::shared_ptr<const access::token_list> tokens;
    std::shared_ptr<const catalog::sealer> sealer;      ///< null until the keys were opened
    std::shared_ptr<const limit::request_rates> rates;  ///< of the tokens; the same on every shard
    listener_tls tls;
    config::settings settings;
    delivery::egress_rules egress;
};
using live_settings_ptr = std::shared_ptr<const live_settings>;

/// One shard with everything in it, from the listeners' sockets to Redis and to the receivers. Made and
/// destroyed while its thread does not run; everything else is called on its thread, through `shard.post`.
class shard_stack {
 public:
    struct plan {
        std::size_t index;
        std::size_t shards;
        store_source redis;
        bool exclusive;  ///< the embedded Redis: whoever held its partitions is dead
        std::string user_agent;
        breaker::shared_fault_storm* storm = nullptr;  ///< the process's; outlives the shards
        std::size_t connections;                       ///< to receivers, in use and kept
        dispatch::slot_limits slots;
        std::shared_ptr<const catalog::sealer> sealer;
        queue::member self;  ///< this daemon, among those that share the store
    };

    shard_stack(const plan& plan, const config::settings& settings, const queue::keys& keys,
                metrics::registry& metrics, const requests& daemon);

    void apply(const live_settings_ptr& live);
    /// Its url is another than the one it was disabled for: tells the store, until that took it.
    void note_moved(const endpoint_ptr& endpoint);
    /// Takes partitions, sends what is queued, and takes events in.
    void begin();
    /// Who shares the store: what to own, and whom to tell of work.
    void set_view(const queue::membership_view_ptr& view);
    void wake_if_owned(std::uint32_t partition, const std::string& queue_name);
    void open_intake(bool open) { intake.set_open(open); }
    void connect();
    /// For the sums of what waits.
    [[nodiscard]] std::vector<std::string> queues_of_limited_tenants() const;
    /// The shutdown ladder of one shard; `done` runs on its thread at the end.
    void stop(milliseconds grace, std::function<void()> done);
    void hurry() { dispatcher.hurry(); }

    runtime::shard shard;
    system_random random;
    std::unique_ptr<net::resolver> resolver;
    announcing_resolver store_resolver;  ///< for connections to the store
    std::unique_ptr<redis::links> links;
    std::unique_ptr<redis::links> replicated;  ///< under `replicated`: for what waits for replicas
    redis::client& redis;  ///< of the store's description; of everything, but on a Cluster
    queue::ownership ownership;
    queue::work_notes notes;
    std::unique_ptr<redis::links> listening;      ///< of the first shard, for the membership alone
    std::optional<queue::membership> membership;  ///< of the first shard
    queue::inspection inspection;
    queue::belongings belongings;
    catalog::store catalog;
    dead_letter::job_store jobs;
    std::optional<dead_letter::job_runner> job_runner;  ///< of the first shard
    std::shared_ptr<catalog_upkeep> upkeep;             ///< of the first shard
    delivery::sender sender;
    dispatch::dispatcher dispatcher;
    queue::store store;
    intake_router router;
    intake::service intake;
    std::shared_ptr<reconciler> audit;
    shard_operations operations;
    admin::service admin;
    http::server ingest_server;
    http::server admin_server;

 private:
    [[nodiscard]] queue::replication replication_of(const config::redis_settings& configured);
    [[nodiscard]] boost::asio::awaitable<void> run_stop(milliseconds grace);
    void disable(std::string queue_name, standing::disablement why, std::string url_text);
    void note_challenge(std::string queue_name, std::string url_text, std::string error);
    [[nodiscard]] boost::asio::awaitable<void> keep_challenge(std::string queue_name, std::string url_text,
                                                              std::string error);
    [[nodiscard]] boost::asio::awaitable<void> end_disablement(endpoint_ptr endpoint);
    [[nodiscard]] boost::asio::awaitable<void> keep_disabled(std::string queue_name,
                                                             catalog::store::step step, std::string url_text);
    void make_job_runner(bool exclusive);
    [[nodiscard]] boost::asio::awaitable<std::optional<bool>> is_stored(std::string queue_name);
    void make_membership(const plan& plan, const config::redis_settings& settings, const queue::keys& keys,
                         metrics::registry& metrics);
    [[nodiscard]] dead_letter::job_runner::limits limits_of(const std::string& queue_name) const;

    const requests& daemon_;
    live_settings_ptr live_;
    bool begun_ = false;
    bool stopping_ = false;
};

[[nodiscard]] http::server_limits server_limits(const config::limit_settings& limits);

}  // namespace postrider::daemon
