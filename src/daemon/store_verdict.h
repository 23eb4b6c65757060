#pragma once

#include <postrider/queue/store_mark.h>

#include <cstdint>
#include <string>
#include <vector>

namespace postrider::daemon {

/// How the store stands, or one of its servers.
struct store_verdict {
    enum class standing : std::uint8_t {
        good,
        absent,   ///< no connection; it may come
        unfit,    ///< not as durable as configured, or read-only
        foreign,  ///< not ours, or with another number of partitions: nothing but other settings mends it
    };
    standing what = standing::good;
    std::string fault;     ///< for people; empty when good
    bool passing = false;  ///< of unfit: not a matter of settings; Redis itself refuses what it must
    std::vector<std::string> warnings;
    queue::store_mark::finding mark = queue::store_mark::finding::steady;
    std::uint64_t used_memory = 0;  ///< of Redis
    std::uint64_t max_memory = 0;   ///< 0: no bound, or not known
};

/// Of at least one server. What may pass at some of them is a warning: only what they have is refused, by
/// themselves. Settings that do not fit are a fault of all, because nobody else refuses for them. The memory
/// is that of the fullest, the mark that of the one that lost most.
[[nodiscard]] store_verdict merge(const std::vector<store_verdict>& servers);

}  // namespace postrider::daemon
