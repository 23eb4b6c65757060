#pragma once

#include <postrider/access/tokens.h>
#include <postrider/base/random.h>
#include <postrider/base/secret.h>
#include <postrider/catalog/store.h>
#include <postrider/config/config.h>
#include <postrider/dead_letter/job.h>
#include <postrider/event/address.h>
#include <postrider/event/standing.h>
#include <postrider/guard/address_rules.h>
#include <postrider/http/server.h>
#include <postrider/limit/request_rates.h>
#include <postrider/metrics/registry.h>
#include <postrider/queue/belongings.h>
#include <postrider/queue/inspection.h>
#include <postrider/queue/membership.h>
#include <postrider/subscription/snapshot.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::admin {

/// How stored secrets are encrypted.
struct encryption_facts {
    std::vector<std::string> key_ids;    ///< as configured, the one that seals first
    catalog::key_uses sealed_with;       ///< as last counted
    std::vector<std::string> waits_for;  ///< members that seal with another key: nothing is sealed anew yet
};

/// What `/api/status` says of the process; the rest of the answer comes from the store.
struct daemon_facts {
    std::string version;
    wall_time started_at{};
    std::string redis;  ///< where it is, without password
    std::size_t shards = 0;
    std::uint32_t partitions = 0;
    std::size_t partitions_owned = 0;
    std::size_t in_flight = 0;
    std::size_t partitions_not_adding_up = 0;  ///< of those owned; see queue::reckoning
    std::vector<std::string> files;            ///< of the configuration
    wall_time loaded_at{};
    std::vector<config::fault> last_reload_faults;  ///< empty: the last reload succeeded
    std::string member_id;                          ///< of this daemon
    std::vector<queue::member> members;             ///< that share the store, this one included
    std::vector<std::string> warnings;              ///< of the store, for people
    encryption_facts encryption;
};

/// What the admin routes ask of the daemon. Called on a shard's executor; answers come there too.
class operations {
 public:
    virtual ~operations() = default;
    /// Why the daemon is not ready; empty when it is: configuration loaded, Redis answers and is as durable
    /// as configured. Answers within 2 s, also when Redis is silent.
    [[nodiscard]] virtual boost::asio::awaitable<std::string> readiness() = 0;
    /// What an operator should know though the daemon is ready.
    [[nodiscard]] virtual std::vector<std::string> warnings() const { return {}; }
    /// Reloads the configuration, and has it recorded as this change; the faults when nothing was changed.
    [[nodiscard]] virtual boost::asio::awaitable<std::vector<config::fault>> reload(catalog::change who) = 0;
    /// The catalog was changed: it is read anew and applied on every shard before this returns, so that after
    /// `pause` no new send begins. Why it could not be; empty when it was.
    [[nodiscard]] virtual boost::asio::awaitable<std::string> refresh() = 0;
    /// Sends a test delivery to an endpoint, whatever its standing; it goes on after this returns, and is
    /// never retried. The store id under which the endpoint's history will have it; nothing when too many are
    /// under way, or Redis is away.
    [[nodiscard]] virtual boost::asio::awaitable<std::optional<std::string>> send_test(
        std::string queue_name, std::string event_type) = 0;
    /// Work was put into a queue that had none.
    virtual void wake(std::string queue_name) = 0;
    /// A job was made.
    virtual void wake_jobs() = 0;
    [[nodiscard]] virtual boost::asio::awaitable<daemon_facts> facts() = 0;
    /// The text of `/metrics`; empty when it could not be written in time.
    [[nodiscard]] virtual boost::asio::awaitable<std::string> metrics_page() = 0;
};

/// What a shard's admin routes work with; swapped whole, on the shard's executor.
struct view {
    std::shared_ptr<const access::token_list> tokens;
    std::shared_ptr<const limit::request_rates> rates;  ///< null: no token has one
    bool open_metrics = false;
    subscription::snapshot_ptr subscriptions;  ///< endpoints of files and of the API
    standings_ptr standings;
    std::vector<std::uint16_t> allow_ports;  ///< of `egress`, for the URLs of new endpoints
    guard::egress_rules egress;              ///< for their literal addresses
    secret cursor_key;                       ///< of the catalog; empty: it was not read yet
};

/// All routes of the admin listener but intake's; what it does not know goes to `next` (intake), which
/// answers 404 for what it does not know either. One for each shard.
class service final : public http::handler {
 public:
    struct surroundings {
        operations& daemon;
        metrics::registry& metrics;
        http::handler& next;
        queue::inspection& inspection;
        queue::belongings& belongings;
        catalog::store& catalog;
        dead_letter::job_store& jobs;
        random_source& random;
        const time_source& time;
    };
    explicit service(surroundings around);
    ~service() override;
    void set_view(view view);

    [[nodiscard]] expected<std::uint64_t, http::response> admit(
        const http::request& head, std::optional<std::uint64_t> content_length) override;
    [[nodiscard]] boost::asio::awaitable<http::response> handle(http::request& request) override;

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace postrider::admin
