#pragma once

#include "inspection_context.h"

#include <postrider/queue/belongings.h>

#include <string>

namespace postrider::queue {

/// `belongings::erase_event`, `erase_records` and `erase_queue`.
[[nodiscard]] inspection_answer<belongings::erased_event> erase_deliveries(inspection_ptr context,
                                                                           std::string store_id);
[[nodiscard]] inspection_answer<belongings::erased_records> erase_attempts(inspection_ptr context,
                                                                           std::string queue_name,
                                                                           std::string store_id,
                                                                           std::uint64_t passed);
[[nodiscard]] inspection_answer<belongings::erased_queue> erase_places(inspection_ptr context,
                                                                       std::string queue_name,
                                                                       wall_time accepted_until,
                                                                       belongings::place_counts passed);

}  // namespace postrider::queue
