#pragma once

#include "fault.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace postrider::intake {

/// What came of one event.
struct result {
    std::string id;  ///< of an accepted one
    std::uint32_t deliveries = 0;
    bool duplicate = false;
    std::optional<fault> refused;
};

[[nodiscard]] http::response answer_single(const result& result);
/// 202 when all were accepted, else 207.
[[nodiscard]] http::response answer_batch(const std::vector<result>& results);

}  // namespace postrider::intake
