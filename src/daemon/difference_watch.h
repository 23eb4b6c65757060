#pragma once

#include <postrider/queue/reckoning.h>

#include <cstddef>
#include <cstdint>
#include <map>

namespace postrider::daemon {

/// Which partitions do not add up. One look may have met what a failover took back, or a counter that a fault
/// of its key cost; a difference that is still there at the next look stands.
class difference_watch {
 public:
    enum class news : std::uint8_t {
        none,
        began,    ///< it stands: two looks in a row
        changed,  ///< it stands, with other numbers than those told last
        ended,    ///< it stood, and the partition adds up again
    };
    /// The next look at its partition. One that did not settle says nothing.
    news note(const queue::reckoning& found);
    /// The partition is another daemon's affair now.
    void forget(std::uint32_t partition) { differing_.erase(partition); }
    /// Partitions whose difference stands.
    [[nodiscard]] std::size_t standing() const noexcept;

 private:
    struct difference {
        bool stands = false;
        std::int64_t missing = 0;  ///< as told last
        std::int64_t missing_dead_letters = 0;
    };
    std::map<std::uint32_t, difference> differing_;
};

}  // namespace postrider::daemon
