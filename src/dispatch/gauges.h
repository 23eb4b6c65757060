#pragma once

#include "announcer.h"

#include <postrider/dispatch/slots.h>
#include <postrider/metrics/registry.h>
#include <postrider/queue/store.h>
#include <postrider/subscription/snapshot.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace postrider::dispatch {

/// Keeps the gauges of this shard's endpoints, and looks for backlogs that grew over their threshold. Depth,
/// age and dead letters are read from the store: up to 256 busy endpoints each second, the others a few at a
/// time in turn, so that thousands of quiet ones cost next to nothing. Gauges of a partition that another
/// daemon owns are not shown: that one does. One for each shard.
class gauges : public std::enable_shared_from_this<gauges> {
 public:
    gauges(queue::store& store, announcer& news, const time_source& time)
        : store_(store), news_(news), time_(time) {}

    /// Starts one reading unless the last has not ended. Call once a second.
    void refresh(const boost::asio::any_io_executor& executor, slots& slots,
                 const subscription::snapshot_ptr& snapshot, const std::function<bool(std::uint32_t)>& owns,
                 const queue::keys& keys, metrics::registry& metrics);
    /// What this daemon knows by itself: requests under way, circuit, held or not.
    static void show(endpoint_queue& queue, bool owned, metrics::registry& metrics, monotonic_time now);
    /// The queue was closed for being idle; its gauges stay as they are.
    void note_closed(const std::string& queue_name);
    [[nodiscard]] bool reading() const noexcept { return reading_; }

 private:
    void clear_lost(const std::function<bool(std::uint32_t)>& owns, const queue::keys& keys,
                    metrics::registry& metrics);
    [[nodiscard]] std::vector<std::string> choose(slots& slots, const subscription::snapshot_ptr& snapshot,
                                                  const std::function<bool(std::uint32_t)>& owns,
                                                  const queue::keys& keys);
    boost::asio::awaitable<void> read(std::shared_ptr<gauges> self, slots& slots,
                                      std::vector<std::string> names, metrics::registry& metrics);
    void show(const queue::store::depth& depth, slots& slots, metrics::registry& metrics);
    void show(const queue::store::depth& depth, metrics::endpoint_series& series) const;
    void watch_backlog(const queue::store::depth& depth, endpoint_queue& queue);

    queue::store& store_;
    announcer& news_;
    const time_source& time_;
    std::size_t next_busy_ = 0;
    std::size_t next_quiet_ = 0;
    subscription::snapshot_ptr snapshot_;    // the present one
    std::unordered_set<std::string> shown_;  // queues with gauges that are not open
    bool reading_ = false;
};

}  // namespace postrider::dispatch
