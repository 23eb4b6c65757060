#pragma once

#include "section.h"

#include <postrider/config/config.h>

namespace postrider::config {

/// Reads the section `listen`; faults go into the report.
void read_listeners(reading& reading, const section& top, settings& settings);

/// What the listeners and the tokens together say: a listener off loopback without tokens is a fault, one
/// without TLS a warning.
void check_exposure(reading& reading, const section& top, settings& settings);

}  // namespace postrider::config
