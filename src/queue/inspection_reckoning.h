#pragma once

#include "inspection_context.h"

namespace postrider::queue {

/// `inspection::reckon`. Where more than `most_queues` have work, it goes over them in steps of as many,
/// again until nothing moved meanwhile, three times at most.
[[nodiscard]] inspection_answer<reckoning> reckon_partition(inspection_ptr context, std::uint32_t partition,
                                                            std::uint64_t most_queues = 1024);

}  // namespace postrider::queue
