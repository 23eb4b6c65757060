#pragma once

#include "section.h"

#include <postrider/event/endpoint.h>

#include <optional>

/// Readers of an endpoint's policies; faults go into the report. Of defaults each key is checked for itself:
/// the others may come from the endpoint.
namespace postrider::config {

[[nodiscard]] std::optional<breaker_settings> read_circuit_breaker(reading& reading, const item& map,
                                                                   bool is_defaults);
[[nodiscard]] std::optional<rate_settings> read_rate_limit(reading& reading, const item& map,
                                                           bool is_defaults);
[[nodiscard]] std::optional<endpoint_limits> read_endpoint_limits(reading& reading, const item& map);
[[nodiscard]] std::optional<record_settings> read_records(reading& reading, const item& map);
[[nodiscard]] std::optional<auto_disable_settings> read_auto_disable(reading& reading, const item& map,
                                                                     bool is_defaults);
[[nodiscard]] std::optional<ordering> read_ordering(reading& reading, const item& value);
[[nodiscard]] std::optional<verification> read_verification(reading& reading, const item& value);

}  // namespace postrider::config
