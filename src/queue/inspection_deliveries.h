#pragma once

#include "inspection_context.h"

#include <string>

namespace postrider::queue {

/// Records that one page looks at.
constexpr std::size_t most_looked_at = 1024;
constexpr std::size_t most_rows = 256;

/// `inspection::deliveries`.
[[nodiscard]] inspection_answer<page<delivery_row>> list_deliveries(inspection_ptr context,
                                                                    std::string queue_name,
                                                                    delivery_filter filter,
                                                                    std::string position, std::size_t most);

}  // namespace postrider::queue
