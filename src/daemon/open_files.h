#pragma once

#include <cstddef>

namespace postrider::daemon {

/// What of a process' descriptors is for receivers. The rest is for clients of the API, Redis, name servers
/// and files. Should it not do, connections that are only kept are closed (`sender::make_room`).
struct receiver_share {
    std::size_t connections = 0;  ///< in use and kept: three quarters; at least 16, at most 32,768
    std::size_t sends = 0;        ///< at a time: half; at least 16, at most 4,096
};

/// By the limit of open files.
[[nodiscard]] receiver_share share_of(std::size_t open_files) noexcept;

/// The soft limit of this process; 512 where it is not told.
[[nodiscard]] std::size_t limit_of_open_files() noexcept;

}  // namespace postrider::daemon
