#pragma once

#include "call_partitions.h"
#include "claim_forecasts.h"
#include "store_context.h"

#include <vector>

namespace postrider::queue {

/// What came of one claim.
struct claim_outcome {
    enum class kind : std::uint8_t { given, fenced, faulty };
    kind what = kind::given;
    bool more = true;
    bool were_beside = false;  ///< the bodies were read beside the script
    std::vector<delivery> deliveries;
    /// Claimed, but their bodies are missing or unreadable.
    std::vector<delivery> unreadable;
};

/// Reads the answer to a claim (lib/claim.lua) at `position`, which is moved behind it. Strays are reported
/// to the context. A reply that is too short ends as faulty.
[[nodiscard]] claim_outcome read_claim(const wanted_claim& wanted, const redis::reply& reply,
                                       std::size_t& position, store_context& context);

}  // namespace postrider::queue
