#pragma once

#include <postrider/base/clock.h>

#include <cstdint>
#include <map>

namespace postrider::limit {

/// Bounds how many ids are remembered for deduplication, by shortening how long new ones are. What was
/// remembered before it was made is not known to it.
class remembered_ids {
 public:
    /// Past three quarters of `most` the window shortens, down to a second at `most` itself.
    remembered_ids(std::uint64_t most, milliseconds window);

    /// `total`: the ids that were ever remembered, as the store counts them. Gives for how long ids are to be
    /// remembered from now on.
    milliseconds update(std::uint64_t total, monotonic_time now);
    [[nodiscard]] std::uint64_t remembered() const noexcept { return remembered_; }
    [[nodiscard]] bool shortened() const noexcept { return present_ < window_; }

 private:
    void forget_expired(monotonic_time now);

    std::uint64_t most_;
    milliseconds window_;
    milliseconds width_;  ///< of a piece of time whose ids are counted as one
    milliseconds present_;
    std::map<std::int64_t, std::uint64_t> expiring_;  ///< ids by the piece in which they expire
    std::uint64_t remembered_ = 0;
    std::uint64_t last_total_ = 0;
    bool begun_ = false;
};

}  // namespace postrider::limit
