#pragma once

#include "lease_table.h"
#include "script_call.h"

#include <postrider/queue/replication.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

namespace postrider::queue {

/// What a script of the leases answered for one partition.
enum class lease_verdict : std::uint8_t { ours, refused, faulty };

/// The connection over which leases are kept.
struct lease_connection {
    lease_connection(script_surroundings around, const queue::keys& names, boost::asio::any_io_executor on,
                     std::uint64_t wanted_generation)
        : scripts(around), keys(&names), executor(std::move(on)), generation(wanted_generation) {}
    script_surroundings scripts;
    const queue::keys* keys;
    boost::asio::any_io_executor executor;
    std::uint64_t generation;
    /// With it the scripts go over its connection, and the verdicts count only when replicas have them.
    replication replicated{};
};

/// The answers of these scripts.
struct lease_verdicts {
    std::vector<lease_verdict> of;  ///< in the order of the partitions; empty: there is none
    bool confirmed = true;          ///< by the replicas, where that is wanted
};
[[nodiscard]] boost::asio::awaitable<lease_verdicts> acquire_leases(lease_connection connection,
                                                                    std::string holder,
                                                                    std::vector<lease_table::bid> bids);
struct held_lease {
    std::uint32_t partition;
    std::string token;
};
/// `which`: renew or release.
[[nodiscard]] boost::asio::awaitable<lease_verdicts> touch_leases(lease_connection connection, script which,
                                                                  std::vector<held_lease> leases);

struct observed_lease {
    std::string token;  ///< empty: free
    std::string beat;
};
/// In the order of the partitions; empty: the connection failed. All are asked for at once.
[[nodiscard]] boost::asio::awaitable<std::vector<observed_lease>> read_leases(
    lease_connection connection, std::vector<std::uint32_t> partitions);

/// The server's run id: another one means that it was restarted, or is another server. Nothing: no answer.
[[nodiscard]] boost::asio::awaitable<std::optional<std::string>> read_run_id(lease_connection connection);

}  // namespace postrider::queue
