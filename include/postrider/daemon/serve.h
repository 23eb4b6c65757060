#pragma once

#include <string>

namespace postrider::daemon {

/// What `postrider serve` was told.
struct serve_options {
    std::string config_file;      ///< empty: loopback listeners, embedded Redis, no endpoints
    std::string state_directory;  ///< of the embedded Redis; empty: ./postrider-state
    std::string log_format;       ///< auto (text on a terminal, else json) | text | json
    std::string log_level;        ///< debug | info | warning | error
    unsigned shards = 0;          ///< threads; 0 chooses
};

/// Runs the daemon until SIGTERM or SIGINT (a second one cuts the shutdown short) and gives the exit code: 0
/// after a clean stop, 1 when it could not run, 2 for a faulty configuration. Blocks; called once, from the
/// main thread.
[[nodiscard]] int serve(const serve_options& options);

}  // namespace postrider::daemon
