#pragma once

#include "daemon_client.h"

#include <postrider/base/clock.h>

namespace CLI {
class App;
}

namespace postrider::cli {

/// Adds `--url`, `--token`, `--ca-file`, `--cert-file`, `--key-file` and `--timeout`, with which a client
/// command finds the daemon. The options must outlive the run.
void add_client_options(CLI::App& command, client_options& options);

/// Seconds of an option, a fraction allowed.
[[nodiscard]] milliseconds milliseconds_of(double seconds);

}  // namespace postrider::cli
