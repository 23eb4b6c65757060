#pragma once

#include "inspection_context.h"

#include <string>
#include <vector>

namespace postrider::queue {

/// `inspection::replay`, or with a stored event `inspection::replay_with_body`; and `inspection::purge`.
[[nodiscard]] inspection_answer<std::vector<inspection::replayed>> replay_letters(
    inspection_ptr context, std::vector<inspection::item> items, std::string stored);
[[nodiscard]] inspection_answer<std::vector<inspection::moved>> purge_letters(
    inspection_ptr context, std::vector<inspection::item> items);

/// `inspection::end_waiting` and `inspection::drop_history`.
[[nodiscard]] inspection_answer<inspection::ended> end_what_waits(inspection_ptr context,
                                                                  inspection::ending what);
[[nodiscard]] inspection_answer<bool> drop_records(inspection_ptr context, std::string queue_name);

/// `inspection::sweep`. `cursor` is where the walk over the partition's queues goes on; it lives as long as
/// the context.
[[nodiscard]] inspection_answer<bool> sweep_partition(inspection_ptr context, std::uint32_t partition,
                                                      std::shared_ptr<std::vector<std::string>> cursors,
                                                      inspection::retention_of terms);

}  // namespace postrider::queue
