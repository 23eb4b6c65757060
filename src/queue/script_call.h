#pragma once

#include "call_partitions.h"
#include "scripts.h"

#include <postrider/metrics/registry.h>
#include <postrider/redis/client.h>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>

namespace postrider::queue {

/// Where scripts are run, and what sees how long they take.
struct script_surroundings {
    redis::client& client;
    metrics::registry& metrics;
    const time_source& time;
};

/// Writes the whole command in the wanted form; it may be asked a second time, when Redis does not know the
/// script (its cache was flushed).
using command_composer = std::function<redis::command(const script_form&)>;

/// Runs a script on the connection of that generation. `done` runs on the executor, never before this
/// returns. Whoever runs it keeps the surroundings alive until then. Where Redis executed what goes beside
/// the script, and then not even the second try of that, the outcome is unknown, and the connection is left:
/// who connects anew recovers what nobody holds.
void run_script(const script_surroundings& around, script script, std::uint64_t generation,
                command_composer compose, std::function<void(redis::call_result)> done);

/// The same for coroutines.
[[nodiscard]] boost::asio::awaitable<redis::call_result> run_script(script_surroundings around, script script,
                                                                    std::uint64_t generation,
                                                                    command_composer compose);

}  // namespace postrider::queue
