#pragma once

#include <postrider/base/random.h>
#include <postrider/queue/keys.h>
#include <postrider/queue/replication.h>
#include <postrider/queue/store.h>
#include <postrider/redis/client.h>
#include <postrider/redis/links.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::queue {

/// Holds the leases of one shard's partitions (ARCHITECTURE section 3, Ownership): takes free ones, renews
/// every fifth of the lease, takes over those whose beat stood still for a full lease of this machine's
/// clock, reconciles after every lost connection, takes new tokens when the server restarted, and releases on
/// a clean stop. Which of them it holds is its share, which the membership decides.
class ownership final : public lease_port {
 public:
    struct settings {
        std::vector<std::uint32_t> partitions;  ///< this shard's
        milliseconds lease{10000};
        /// The predecessor is known to be dead (the lock of the state directory proves it): take over at
        /// once.
        bool exclusive = false;
        /// In the `owner` keys: the name for people, a space, and the member's id.
        std::string holder = "-";
        /// Takes nothing before `set_share` was called.
        bool waits_for_share = false;
        /// With it a lease counts only once the replicas have it.
        replication replicated{};
    };

    ownership(const boost::asio::any_io_executor& executor, redis::client& client, const keys& keys,
              random_source& random, metrics::registry& metrics, const time_source& time, settings settings);
    /// The same on one server. On a Cluster: each partition's lease over the connection of its slot, so that
    /// a master that fails concerns its own partitions only.
    ownership(const boost::asio::any_io_executor& executor, redis::links& links, const keys& keys,
              random_source& random, metrics::registry& metrics, const time_source& time, settings settings);
    ~ownership();
    ownership(const ownership&) = delete;
    ownership& operator=(const ownership&) = delete;

    /// Before start: the store that recovers, and the dispatcher that is told of losses.
    void attach(store& store, dispatch_port& dispatch);
    void start();
    /// Which of its partitions this shard is to hold; others are ignored. What it owns beside them begins no
    /// new attempt, and is released once everything in flight in it is settled: the next owner never meets a
    /// send that goes on (docs/decisions/0016-hand-over.md).
    void set_share(const std::vector<std::uint32_t>& partitions);
    /// Looks for free partitions now: somebody has released some.
    void look_now();
    /// Releases every partition (new owners may take them at once) and ends. Call after the store drained.
    [[nodiscard]] boost::asio::awaitable<void> stop();

    [[nodiscard]] std::string_view token(std::uint32_t partition) const noexcept override;
    [[nodiscard]] std::string_view settle_token(std::uint32_t partition) const noexcept override;
    void on_fenced(std::uint32_t partition) override;
    /// Partitions whose leases it holds, and that have not run out.
    [[nodiscard]] std::size_t owned() const noexcept;
    /// The store went back in time, or was emptied: as after a restart of the server, new tokens are taken
    /// and everything is reconciled before anything else is called.
    void distrust();

 private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

/// Makes or checks the store's description: number of partitions and format.
struct store_check {
    std::string fault;     ///< for people; empty: the store is ours
    bool foreign = false;  ///< it is another one, which time does not mend
};
[[nodiscard]] boost::asio::awaitable<store_check> check_store(redis::client& client, const keys& keys);

}  // namespace postrider::queue
