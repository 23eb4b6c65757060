#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace postrider::log {

/// Which events are in a sample: those whose hash (FNV-1a, mixed as in MurmurHash3) is below a bound.
/// Thread-safe.
class sample {
 public:
    void set(double share) noexcept;
    [[nodiscard]] double share() const noexcept { return share_.load(std::memory_order_relaxed); }
    [[nodiscard]] bool contains(std::string_view event_id) const noexcept;

 private:
    std::atomic<double> share_{1};
    std::atomic<std::uint64_t> bound_{UINT64_MAX};  ///< the highest: everything
};

}  // namespace postrider::log
