#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/random.h>
#include <postrider/event/endpoint.h>
#include <postrider/metrics/registry.h>
#include <postrider/queue/store.h>

namespace postrider::dispatch {

/// What follows from an attempt: the outcome is decided, becomes a verb of the queue, the one log line of the
/// attempt, and its metrics. Lives on the shard's executor.
class settlement {
 public:
    settlement(queue::store& store, metrics::registry& metrics, random_source& random,
               const time_source& time)
        : store_(store), metrics_(metrics), random_(random), time_(time) {}

    void settle(const queue::delivery& delivery, const endpoint& endpoint, metrics::endpoint_series& series,
                const attempt_result& result);
    /// Ends a delivery that was claimed and may not be sent.
    void bury_unsent(const queue::delivery& delivery, const endpoint& endpoint,
                     metrics::endpoint_series& series, dead_reason reason);

 private:
    queue::store& store_;
    metrics::registry& metrics_;
    random_source& random_;
    const time_source& time_;
};

}  // namespace postrider::dispatch
