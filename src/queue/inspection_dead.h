#pragma once

#include "inspection_context.h"

#include <optional>
#include <string>

namespace postrider::queue {

/// `inspection::dead_letters`.
[[nodiscard]] inspection_answer<page<dead_letter>> list_dead_letters(inspection_ptr context,
                                                                     dead_letter_filter filter,
                                                                     std::string position, std::size_t most);
/// `inspection::find_dead_letter`.
[[nodiscard]] inspection_answer<std::optional<dead_letter>> read_dead_letter(inspection_ptr context,
                                                                             std::string queue_name,
                                                                             std::string store_id);
/// `inspection::count_dead_letters`.
[[nodiscard]] inspection_answer<std::optional<std::uint64_t>> count_dead(inspection_ptr context,
                                                                         dead_letter_filter filter);

}  // namespace postrider::queue
