#pragma once

#include "section.h"

#include <postrider/config/config.h>

namespace postrider::config {

/// Reads the section `access`; faults go into the report.
void read_access(reading& reading, const section& top, access_settings& settings);

}  // namespace postrider::config
