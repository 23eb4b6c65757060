#pragma once

#include <postrider/base/expected.h>

#include <cstdint>
#include <functional>
#include <string>

namespace postrider::daemon {

/// What `postrider repartition` was told.
struct repartition_options {
    std::string config_file;      ///< says where the store is; empty: the embedded one
    std::string state_directory;  ///< of the embedded Redis; empty: as `serve` takes it
    std::uint32_t partitions = 0;
    std::function<void(std::uint64_t moved)> progress;
};

/// Moves a store that no daemon runs on to another number of partitions (queue/repartition.h), and starts
/// the embedded Redis for it if that is where the store lies. Blocks; called once, from the main thread. How
/// many moves it took; the error is one line for people.
[[nodiscard]] expected<std::uint64_t, std::string> repartition(const repartition_options& options);

}  // namespace postrider::daemon
