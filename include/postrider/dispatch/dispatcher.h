#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/random.h>
#include <postrider/breaker/shared_fault_storm.h>
#include <postrider/delivery/sender.h>
#include <postrider/dispatch/slots.h>
#include <postrider/event/standing.h>
#include <postrider/metrics/registry.h>
#include <postrider/queue/inspection.h>
#include <postrider/queue/store.h>
#include <postrider/subscription/snapshot.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace postrider::dispatch {

/// Takes deliveries from the queue, has them sent, and settles what came of it. One for each shard; lives on
/// its executor, and outlives neither the store nor the sender.
class dispatcher final : public queue::dispatch_port {
 public:
    struct surroundings {
        boost::asio::any_io_executor executor;
        delivery::sender& sender;
        queue::store& store;
        queue::inspection& inspection;
        const queue::lease_port& leases;
        const queue::keys& keys;
        metrics::registry& metrics;
        breaker::shared_fault_storm& storm;  ///< the process's
        random_source& random;
        const time_source& time;
    };
    /// Work for a partition of another shard: carries the word there. Partitions are this shard's where
    /// `owns` says so. An endpoint that its receiver or its failures disabled: keeps it so, in the store, for
    /// every daemon.
    struct neighbours {
        std::function<bool(std::uint32_t partition)> owns;
        std::function<void(std::uint32_t partition, std::string queue_name)> wake;
        std::function<void(std::string queue_name, standing::disablement why, std::string url_text)> disable;
        /// Work for a partition that is of this shard, but another daemon's now.
        std::function<void(std::uint32_t partition, std::string queue_name)> tell_owner = nullptr;
        /// A challenge to this url was answered (`error` is empty), or not: keeps it in the store.
        std::function<void(std::string queue_name, std::string url_text, std::string error)> verified =
            nullptr;
    };

    dispatcher(surroundings around, neighbours others, slot_limits limits);
    ~dispatcher() override;
    dispatcher(const dispatcher&) = delete;
    dispatcher& operator=(const dispatcher&) = delete;

    /// The endpoints and their standings (as of that version of the catalog) from here on; attempts under way
    /// end under the settings they began with, and none begins for an endpoint that is held.
    void set_snapshot(subscription::snapshot_ptr snapshot, standings_ptr standings,
                      std::uint64_t standings_version);
    /// These queues' endpoints were configured before and are not any more: their metrics end, but for what
    /// still waits.
    void end_metrics(const std::vector<std::string>& gone);
    /// Answers `neighbours::disable`: the store has it, from this version of the catalog on. Until standings
    /// of that version or a later one come the endpoint is held; then they alone decide.
    void note_disabled(const std::string& queue_name, const std::string& url_text, std::uint64_t version);
    /// Claims may begin; also starts the upkeep (slow endpoints, gauges, idle ones).
    void start();

    /// Quiet, bounded wait, cut: no new attempt begins; attempts under way have `grace` to end, then they are
    /// cut and handed back. Ends when none is left. `hurry` shortens the wait of a stop under way to nothing.
    [[nodiscard]] boost::asio::awaitable<void> stop(milliseconds grace);
    void hurry();

    /// Sends a test delivery, or a challenge where it is of the type of one, whatever the endpoint's standing
    /// and whoever owns its partition: nothing of its queue is touched. Its store id; nothing when the
    /// endpoint is not known, too many are under way or Redis is away.
    [[nodiscard]] std::optional<std::string> send_test(const std::string& queue_name,
                                                       const std::string& event_type);
    /// Deliveries of an endpoint that is gone ended in the store: counts, logs and announces each of them.
    void report_deaths(const queue::inspection::ending& why,
                       const std::vector<queue::inspection::death>& deaths);
    /// Attempts under way.
    [[nodiscard]] std::size_t in_flight() const noexcept;

    [[nodiscard]] bool reserve(std::uint32_t partition, const endpoint_ptr& endpoint) override;
    void on_not_claimed(const std::string& queue_name) override;
    void on_claimed(queue::delivery delivery) override;
    void collect_claims(std::vector<claim>& claims, std::size_t most) override;
    void on_claim_ended(const claim& ended, std::uint32_t granted, bool more) override;
    void on_ready(std::uint32_t partition, const std::string& queue_name) override;
    void on_backlog_full(std::uint32_t partition, const endpoint_ptr& endpoint,
                         const event_ptr& event) override;
    void on_health(std::uint32_t partition,
                   const std::vector<std::pair<std::string, std::string>>& saved) override;
    void on_lost(std::uint32_t partition) override;

 private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace postrider::dispatch
