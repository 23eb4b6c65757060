#pragma once

#include <postrider/config/config.h>
#include <postrider/daemon/serve.h>

namespace postrider::daemon {

/// Sets up the log: as the command line says, else as the configuration does. What the API changed ends with
/// it.
void choose_log(const serve_options& options, const config::log_settings& configured);

}  // namespace postrider::daemon
