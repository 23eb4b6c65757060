#pragma once

#include "difference_watch.h"

#include <postrider/metrics/registry.h>
#include <postrider/queue/inspection.h>
#include <postrider/queue/store.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace postrider::daemon {

/// Proves, all the time, that nothing was lost: looks at each partition that this shard owns once in `every`,
/// one after the other, and raises an alarm (log, metric, `/api/status`) where what the counters say is not
/// there. Changes nothing. Lives on the shard's executor.
class reconciler : public std::enable_shared_from_this<reconciler> {
 public:
    struct surroundings {
        boost::asio::any_io_executor executor;
        queue::inspection& inspection;
        const queue::lease_port& leases;
        metrics::registry& metrics;
        std::vector<std::uint32_t> partitions;  ///< of this shard, owned or not
        milliseconds every{60000};
    };
    explicit reconciler(surroundings around);

    void start();
    /// No further look; one under way ends without being heard.
    void stop();
    /// Owned partitions whose difference stands.
    [[nodiscard]] std::size_t standing() const noexcept { return watch_.standing(); }

 private:
    boost::asio::awaitable<void> run(std::shared_ptr<reconciler> self);
    boost::asio::awaitable<void> look_at(std::uint32_t partition);
    [[nodiscard]] bool owns(std::uint32_t partition) const;
    void tell(const queue::reckoning& found);
    void show();

    surroundings around_;
    runtime::signal stopped_;
    difference_watch watch_;
    std::size_t shown_ = 0;  ///< in the metric
    bool stopping_ = false;
};

}  // namespace postrider::daemon
