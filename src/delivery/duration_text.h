#pragma once

#include <postrider/base/clock.h>

#include <string>

namespace postrider::delivery {

/// "15 s", or "200 ms" where it is no whole number of seconds.
[[nodiscard]] inline std::string to_text(milliseconds span) {
    if (span.count() % 1000 == 0) return std::to_string(span.count() / 1000) + " s";
    return std::to_string(span.count()) + " ms";
}

}  // namespace postrider::delivery
