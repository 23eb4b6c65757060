#pragma once

#include <postrider/base/clock.h>

namespace postrider::access {

/// A clock that stands.
class standing_clock final : public time_source {
 public:
    explicit standing_clock(wall_time now) : now_(now) {}
    wall_time wall_now() const noexcept override { return now_; }
    monotonic_time monotonic_now() const noexcept override { return {}; }
    boot_clock::time_point boot_now() const noexcept override { return {}; }

 private:
    wall_time now_;
};

/// Some day: most of what is asked does not depend on it.
inline constexpr wall_time that_day{std::chrono::hours(500000)};
inline const standing_clock today{that_day};

}  // namespace postrider::access
