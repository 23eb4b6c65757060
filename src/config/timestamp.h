#pragma once

#include <postrider/base/clock.h>

#include <optional>
#include <string_view>

namespace postrider::config {

/// RFC 3339 with an offset or Z, such as "2026-01-31T12:00:00Z"; fractions are kept to the millisecond. A
/// leap second is the second after it. Total over any bytes.
[[nodiscard]] std::optional<wall_time> parse_rfc3339(std::string_view text) noexcept;

}  // namespace postrider::config
