#pragma once

#include "store_source.h"

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace postrider::daemon {

/// Where the store is, as it becomes known: what is configured, what Sentinels and a Cluster tell, and what
/// names of them resolve to. Deliveries may not go there. Bounded; not thread-safe.
class store_addresses {
 public:
    static constexpr std::size_t most = 4096;  ///< past it what was learned first goes

    /// True: it was not known. A name says nothing until it is resolved.
    bool add(const redis::location& where);
    bool add_resolved(const std::string& name, const std::vector<ip_address>& addresses);
    [[nodiscard]] const std::deque<guard::socket_address>& all() const noexcept { return known_; }

 private:
    bool add(const guard::socket_address& address);
    std::deque<guard::socket_address> known_;
    std::deque<std::pair<std::string, std::uint16_t>> names_;
};

}  // namespace postrider::daemon
