#pragma once

#include "section.h"

#include <postrider/config/config.h>

namespace postrider::config {

/// Reads what concerns the daemon as a whole, everything beside the endpoints, into `settings`; faults go
/// into the report, and what is at fault keeps its default.
void read_daemon_settings(reading& reading, const section& top, settings& settings);

}  // namespace postrider::config
