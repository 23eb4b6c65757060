#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/random.h>
#include <postrider/event/endpoint.h>
#include <postrider/metrics/registry.h>
#include <postrider/queue/store.h>

namespace postrider::dispatch {

/// What follows from an attempt for its delivery: the outcome is decided, becomes a verb of the queue with
/// the attempt's record, the one log line of the attempt, and its metrics. Lives on the shard's executor.
class settlement {
 public:
    settlement(queue::store& store, metrics::registry& metrics, random_source& random)
        : store_(store), metrics_(metrics), random_(random) {}

    outcome settle(const queue::delivery& delivery, const endpoint& endpoint,
                   metrics::endpoint_series& series, const attempt_result& result, wall_time now);
    /// Ends a delivery that was claimed and may not be sent.
    void bury_unsent(const queue::delivery& delivery, const endpoint& endpoint,
                     metrics::endpoint_series& series, dead_reason reason);

 private:
    queue::store& store_;
    metrics::registry& metrics_;
    random_source& random_;
};

/// The attempt as the endpoint's history keeps it.
[[nodiscard]] queue::attempt_record record_of_attempt(const event& event, std::uint32_t attempt,
                                                      const endpoint& endpoint, const attempt_result& result,
                                                      const outcome& outcome, wall_time ended_at);

/// What the log says went wrong.
[[nodiscard]] inline const std::string& words_for_operators(const attempt_result& result) noexcept {
    return result.for_operators.empty() ? result.detail : result.for_operators;
}

}  // namespace postrider::dispatch
