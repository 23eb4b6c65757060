#pragma once

#include <postrider/base/clock.h>
#include <postrider/breaker/fault_storm.h>

#include <atomic>
#include <mutex>
#include <string_view>

namespace postrider::breaker {

/// The `fault_storm` of the whole process: what is everywhere shows only where all endpoints are looked at
/// together. Every member may be called on any thread. Answers, which are many, cost one atomic read; the
/// lock is taken for what is unreachable, and for one answer in `granularity`.
class shared_fault_storm {
 public:
    /// Answers closer together than this count as one, at the time of the first.
    static constexpr milliseconds granularity{100};

    void note_unreachable(std::string_view endpoint, monotonic_time now);
    void note_answer(monotonic_time now);
    /// A storm may be seen up to `granularity` later than `fault_storm` alone would see it, never sooner.
    [[nodiscard]] bool is_on(monotonic_time now);
    /// Whether this one is the first to see that it is on: who should say so.
    [[nodiscard]] bool began(bool is_on) noexcept { return !seen_.exchange(is_on) && is_on; }

 private:
    std::atomic<monotonic_time> last_answer_{monotonic_time::min()};
    std::atomic<bool> seen_ = false;
    std::mutex mutex_;  ///< of `storm_`
    fault_storm storm_;
};

}  // namespace postrider::breaker
