#pragma once

#include <postrider/base/clock.h>

namespace postrider::log {

/// Lets one line a second through, for faults that repeat with every request. Not thread-safe.
class once_per_second {
 public:
    /// True when at least a second went by since it last said so.
    [[nodiscard]] bool allow(monotonic_time now) noexcept {
        if (last_ != monotonic_time{} && now - last_ < std::chrono::seconds(1)) return false;
        last_ = now;
        return true;
    }

 private:
    monotonic_time last_{};
};

}  // namespace postrider::log
