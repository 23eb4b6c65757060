#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/metrics/registry.h>
#include <postrider/redis/client.h>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace postrider::queue {

/// A change of the number of a store's partitions, while no daemon runs on it.
struct repartition_plan {
    std::string prefix;
    std::uint32_t partitions = 0;  ///< that the store shall have; at least 1
    /// Owners whose beat stands still for so long are dead; zero where it is known that there are none.
    milliseconds lease{10000};
    /// What was moved so far; called after each step.
    std::function<void(std::uint64_t moved)> progress;
};

/// Puts every key, delivery and member of an index where the new number of partitions wants it, then the
/// accounts and the description of the store. Each step is one script and leaves nothing half moved, and
/// until the last the store says that it is being moved, so that no daemon starts on it: ended at any point,
/// the same call goes on. Gives how many moves there were; the error is for people, and nothing was lost.
///
/// Needs one Redis server, not a Cluster: the moves are between slots. Runs on the client's executor, with
/// `store::preamble`.
[[nodiscard]] boost::asio::awaitable<expected<std::uint64_t, std::string>> repartition(
    redis::client& client, metrics::registry& metrics, const time_source& time, repartition_plan plan);

}  // namespace postrider::queue
