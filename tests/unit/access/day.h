#pragma once

#include <postrider/base/clock.h>

namespace postrider::access {

/// Some day: most of what is asked does not depend on it.
inline constexpr wall_time today{std::chrono::hours(500000)};

}  // namespace postrider::access
