#pragma once

#include "inspection_context.h"

#include <string>
#include <vector>

namespace postrider::queue {

/// `inspection::overviews`, `inspection::waiting` and `inspection::read_totals`.
[[nodiscard]] inspection_answer<std::vector<inspection::overview>> read_overviews(
    inspection_ptr context, std::vector<std::string> queue_names);
[[nodiscard]] inspection_answer<std::vector<std::uint64_t>> read_waiting(
    inspection_ptr context, std::vector<std::string> queue_names);
[[nodiscard]] inspection_answer<inspection::totals> sum_totals(inspection_ptr context);

}  // namespace postrider::queue
