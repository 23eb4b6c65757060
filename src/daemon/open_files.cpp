#include "open_files.h"

#include <sys/resource.h>

#include <algorithm>

namespace postrider::daemon {
namespace {

constexpr std::size_t fewest = 16;
/// Half of what the unit file gives. Where the limit is higher, or none, memory is what ends it.
constexpr std::size_t most_connections = 32768;
constexpr std::size_t most_sends = 4096;
constexpr std::size_t where_it_is_not_told = 512;

}  // namespace

receiver_share share_of(std::size_t open_files) noexcept {
    return {std::clamp(open_files / 4 * 3, fewest, most_connections),
            std::clamp(open_files / 2, fewest, most_sends)};
}

std::size_t limit_of_open_files() noexcept {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return where_it_is_not_told;
    return static_cast<std::size_t>(files.rlim_cur);
}

}  // namespace postrider::daemon
