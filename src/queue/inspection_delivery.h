#pragma once

#include "inspection_context.h"

#include <optional>
#include <string>
#include <vector>

namespace postrider::queue {

/// `inspection::delivery`.
[[nodiscard]] inspection_answer<std::optional<delivery_detail>> read_delivery(inspection_ptr context,
                                                                              std::string queue_name,
                                                                              std::string store_id);
/// `inspection::find_event`.
[[nodiscard]] inspection_answer<std::optional<event_view>> read_event(inspection_ptr context,
                                                                      std::string store_id,
                                                                      std::vector<std::string> candidates);

}  // namespace postrider::queue
