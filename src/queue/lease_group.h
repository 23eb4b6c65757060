#pragma once

#include "lease_calls.h"
#include "lease_table.h"

#include <postrider/queue/ownership.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::queue {

/// The leases of a shard's partitions behind one connection: all of them, or on a Cluster those of one. Lives
/// on the shard's executor; `attach` of the ownership says what it tells.
struct lease_group : std::enable_shared_from_this<lease_group> {
    lease_group(const boost::asio::any_io_executor& on, redis::client& redis, const keys& names,
                random_source& random, metrics::registry& metrics, const time_source& clock,
                ownership::settings wanted, std::optional<std::uint32_t> only_partition)
        : executor(on),
          client(redis),
          keys(names),
          scripts(script_surroundings{redis, metrics, clock}),
          table(names.partitions(), std::move(wanted.partitions), wanted.lease, wanted.exclusive, random,
                clock),
          holder(std::move(wanted.holder)),
          between_renewals(std::max(wanted.lease / 5, milliseconds(1))),
          only(only_partition),
          replicated(wanted.replicated),
          wake(on),
          ended(on) {
        if (wanted.waits_for_share) table.set_share({});
    }

    const boost::asio::any_io_executor executor;
    redis::client& client;
    const queue::keys& keys;
    const script_surroundings scripts;
    lease_table table;
    const std::string holder;
    const milliseconds between_renewals;
    monotonic_time next_renewal{};
    const std::optional<std::uint32_t> only;  ///< the one partition behind the connection, on a Cluster
    const replication replicated;
    runtime::signal wake;
    runtime::signal ended;  ///< stopping, or one of the coroutines ended
    store* told_store = nullptr;
    dispatch_port* told_dispatch = nullptr;
    std::string run_id;
    std::uint64_t reconciled = 0;  ///< generation
    bool distrusted = false;       ///< the store went back in time, on whatever connection
    std::size_t shown = 0;         ///< partitions, in the metric
    int running = 0;
    bool asked = false;  ///< to look now
    bool stopping = false;

    [[nodiscard]] lease_connection connection() const {
        return lease_connection(scripts, keys, executor, client.generation());
    }
    /// For what makes and keeps leases.
    [[nodiscard]] lease_connection confirmed_connection() const {
        lease_connection wanted = connection();
        wanted.replicated = replicated;
        wanted.replicated.timeout = std::min(replicated.timeout, between_renewals);
        return wanted;
    }
    [[nodiscard]] bool must_reconcile() const {
        return client.connected() && (client.generation() != reconciled || distrusted);
    }
    void start(std::string_view name, boost::asio::awaitable<void> work);
    void lose(std::uint32_t partition, std::string_view why);
    void show_owned();
    boost::asio::awaitable<void> keep(std::shared_ptr<lease_group> self);
    boost::asio::awaitable<void> look(std::shared_ptr<lease_group> self);
    boost::asio::awaitable<void> watch_connection(std::shared_ptr<lease_group> self);
    boost::asio::awaitable<void> reconcile_connection();
    boost::asio::awaitable<bool> reconcile();
    boost::asio::awaitable<bool> tend();
    boost::asio::awaitable<bool> exchange_tokens();
    boost::asio::awaitable<bool> bid_for(std::vector<lease_table::bid> bids);
    boost::asio::awaitable<bool> renew();
    boost::asio::awaitable<bool> recover();
    boost::asio::awaitable<bool> seek();
    boost::asio::awaitable<bool> give();
    boost::asio::awaitable<bool> give(std::vector<held_lease> leases);
    void tell_freed();
    [[nodiscard]] milliseconds until_next_look() const;
    void ask();
    boost::asio::awaitable<void> release(std::shared_ptr<lease_group> self);
    [[nodiscard]] std::vector<held_lease> held_leases() const;
    void begin_release();
    boost::asio::awaitable<void> wait_ended(std::shared_ptr<lease_group> self, monotonic_time end);
};

}  // namespace postrider::queue
