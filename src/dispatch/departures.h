#pragma once

#include <postrider/base/clock.h>
#include <postrider/dispatch/slots.h>
#include <postrider/metrics/registry.h>
#include <postrider/subscription/snapshot.h>

#include <string>
#include <unordered_map>

namespace postrider::dispatch {

/// Ends the metrics of endpoints that are not configured any more: once nothing is under way for them, or a
/// minute after something was counted for one that is gone already, so that it is scraped. What still waits
/// for such an endpoint is shown all the same, until it has ended: an endpoint that was lost by a slip must
/// not take the alerts on its events with it. One for each shard.
class departures {
 public:
    departures(metrics::registry& metrics, const time_source& time) : metrics_(metrics), time_(time) {}

    /// Its endpoint left the configuration just now.
    void note(const std::string& queue_name);
    /// Something was counted for an endpoint that is gone.
    void note_count(const std::string& queue_name);
    /// Call once a second; ends at most a few hundred at once.
    void end_metrics(slots& slots, const subscription::snapshot_ptr& snapshot);

 private:
    struct departure {
        monotonic_time due;  ///< of the counters; gauges end at the first occasion
        bool gauges_ended = false;
    };
    [[nodiscard]] bool end_metrics_of(const std::string& name, departure& one, slots& slots,
                                      const subscription::snapshot_ptr& snapshot);

    metrics::registry& metrics_;
    const time_source& time_;
    std::unordered_map<std::string, departure> leaving_;  ///< by the name of the queue
};

}  // namespace postrider::dispatch
