#pragma once

#include "section.h"
#include "values.h"

#include <postrider/config/config.h>
#include <postrider/event/endpoint.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postrider::config {

/// Readers of the parts of an endpoint; faults go into the report.
[[nodiscard]] std::optional<retry_settings> read_retry(reading& reading, const item& map, bool is_defaults);

/// The authentications of an endpoint from `authentication`, `secret` or `secrets`, of which one may stand
/// there. `entry` is the endpoint itself; nothing is reported missing when `required` is false.
[[nodiscard]] std::vector<authentication> read_authentications(reading& reading, const section& endpoint,
                                                               const item& entry, bool required);

/// What an endpoint is read for.
struct endpoint_source {
    item entry;
    std::string default_id;                  ///< of the single form; empty: `id` must be written
    std::vector<std::uint16_t> allow_ports;  ///< of the daemon
    bool is_defaults = false;  ///< each key is checked for itself: others may come from the endpoint
    /// Of an endpoint made by the API: its id, which the document does not name. It may be without
    /// authentication, for which a secret is made.
    std::string made_id{};
};

/// An endpoint with whatever could be read of it: use it only when the report is empty.
[[nodiscard]] endpoint read_endpoint(reading& reading, const endpoint_source& source);

}  // namespace postrider::config
