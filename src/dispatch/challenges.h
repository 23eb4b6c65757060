#pragma once

#include "test_deliveries.h"

#include <postrider/event/standing.h>
#include <postrider/queue/keys.h>
#include <postrider/subscription/snapshot.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace postrider::dispatch {

/// Sends challenges, unasked, to the endpoints that have to answer one before they get events: to a new one
/// or another url at once, and where that fails 10 seconds, 1, 5 and 30 minutes later, and then no more. What
/// is known of that is memory of this shard: another owner of the partition begins anew. Lives on its
/// executor.
class challenges {
 public:
    challenges(std::shared_ptr<test_deliveries> tests, const queue::keys& keys, const time_source& time)
        : tests_(std::move(tests)), keys_(keys), time_(time) {}

    /// Those that wait for their verification.
    void adopt(const subscription::snapshot& snapshot, const standing_map& standings);
    /// Sends what is due, to endpoints of partitions that are owned here. Call once a second.
    void run(const std::function<bool(std::uint32_t partition)>& owns);

 private:
    struct progress {
        std::string url_text;
        std::size_t sent = 0;
        monotonic_time next{};
    };

    std::shared_ptr<test_deliveries> tests_;
    const queue::keys& keys_;
    const time_source& time_;
    std::vector<endpoint_ptr> waiting_;
    std::map<std::string, progress> progress_;  ///< of those that wait, by queue name
};

}  // namespace postrider::dispatch
