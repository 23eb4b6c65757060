#pragma once

#include <postrider/base/clock.h>

namespace postrider::dispatch {

/// A monotonic clock that stands until its test moves it.
class hand_clock final : public time_source {
 public:
    [[nodiscard]] wall_time wall_now() const noexcept override { return {}; }
    [[nodiscard]] monotonic_time monotonic_now() const noexcept override {
        return monotonic_time{} + std::chrono::hours(1) + passed;
    }
    [[nodiscard]] boot_clock::time_point boot_now() const noexcept override { return {}; }
    milliseconds passed{0};
};

}  // namespace postrider::dispatch
