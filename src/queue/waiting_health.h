#pragma once

#include "settle_batch.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace postrider::queue {

/// What is to be saved of endpoints' health: of each queue the last text only, so there are never more than
/// queues, however long Redis is away.
class waiting_health {
 public:
    /// A new text, or one whose call failed, which a newer one outdoes.
    void put(settlement item);
    [[nodiscard]] bool empty() const noexcept { return texts_.empty(); }
    /// The first, which must be there.
    [[nodiscard]] const settlement& front() const { return texts_.begin()->second; }
    [[nodiscard]] settlement take_front();
    void forget(std::uint32_t partition);

 private:
    std::map<std::pair<std::uint32_t, std::string>, settlement> texts_;
    std::uint64_t last_serial_ = 0;
};

}  // namespace postrider::queue
