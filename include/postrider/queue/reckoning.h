#pragma once

#include <cstdint>

namespace postrider::queue {

/// What one partition's counters say, beside what was counted in it, at one moment. Counters are of
/// deliveries, not of events, and only grow: `dead` and `expired` are deaths ever, a replay brings one back
/// to life. docs/queue.md defines each.
struct reckoning {
    std::uint32_t partition = 0;
    std::int64_t accepted = 0, replayed = 0, delivered = 0, dead = 0, expired = 0;
    std::int64_t live = 0;  ///< counted: queued, in flight, retrying and parked
    std::int64_t revived = 0, purged = 0, dropped = 0, swept = 0;  ///< ends of dead letters
    std::int64_t dead_letters = 0;                                 ///< counted
    /// False: there were too many queues for one look, and things moved between its steps; the differences
    /// mean nothing then.
    bool settled = true;

    /// Deliveries that the counters know and that do not lie in the store; below 0: that nobody counted.
    [[nodiscard]] std::int64_t missing() const noexcept {
        return accepted + replayed - delivered - dead - expired - live;
    }
    /// The same of dead letters.
    [[nodiscard]] std::int64_t missing_dead_letters() const noexcept {
        return dead + expired - revived - purged - dropped - swept - dead_letters;
    }
    [[nodiscard]] bool adds_up() const noexcept { return missing() == 0 && missing_dead_letters() == 0; }
};

}  // namespace postrider::queue
