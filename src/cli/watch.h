#pragma once

#include "api_command.h"

#include <postrider/base/clock.h>

#include <functional>

namespace postrider::cli {

/// Asks and shows again and again, until SIGINT or SIGTERM ends the process with 0. On a terminal each answer
/// takes the place of the one before, cut to the screen; elsewhere a line with the time goes before each. A
/// daemon that is away is waited for, and said to be; any other failure ends it, and its exit code is given.
int watch(const api_options& options, const context& context, milliseconds every,
          const std::function<api_outcome(const api&)>& asking);

}  // namespace postrider::cli
