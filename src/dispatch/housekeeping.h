#pragma once

#include "announcer.h"
#include "departures.h"

#include <postrider/dispatch/slots.h>
#include <postrider/metrics/registry.h>
#include <postrider/queue/inspection.h>
#include <postrider/queue/keys.h>
#include <postrider/subscription/snapshot.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::dispatch {

/// What goes by age: dead letters and history past their retention, and events that wait at an endpoint which
/// may not send (paused, disabled, an open circuit, gone) past `max_age_seconds` or the retention of what is
/// held. One for each shard; lives on its executor.
class housekeeping : public std::enable_shared_from_this<housekeeping> {
 public:
    struct surroundings {
        boost::asio::any_io_executor executor;
        queue::inspection& inspection;
        const queue::keys& keys;
        metrics::registry& metrics;
        announcer& news;
        departures& gone;
        const time_source& time;
        std::function<bool(std::uint32_t partition)> owns;
    };
    explicit housekeeping(surroundings around) : around_(std::move(around)) {}

    /// Starts one round unless the last has not ended: one step of the sweep in the next partition of this
    /// shard, and what has waited too long. Call once a second.
    void run(slots& slots, const subscription::snapshot_ptr& snapshot);
    [[nodiscard]] bool running() const noexcept { return running_; }

 private:
    struct overdue {
        queue::inspection::ending ending;
        endpoint_ptr endpoint;  ///< null: gone
    };
    [[nodiscard]] std::vector<overdue> find_overdue(slots& slots);
    [[nodiscard]] std::optional<overdue> look_at(const slots& slots, const endpoint_queue& queue,
                                                 wall_time now) const;
    boost::asio::awaitable<void> round(std::shared_ptr<housekeeping> self, std::vector<overdue> late,
                                       subscription::snapshot_ptr snapshot);
    boost::asio::awaitable<void> end_overdue(overdue late);
    [[nodiscard]] std::uint32_t next_partition();

    surroundings around_;
    std::uint32_t partition_ = 0;
    std::size_t next_queue_ = 0;  ///< where the next look at the queues begins: each gets its turn
    bool more_to_sweep_ = false;
    bool running_ = false;
};

}  // namespace postrider::dispatch
