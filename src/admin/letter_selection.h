#pragma once

#include "answer.h"
#include "route.h"

namespace postrider::admin {

/// What a replay or a purge is to go over, out of the body of its request: named letters, or a filter, of
/// the token's tenant when it is bound. An empty object is all of them. 422 with each fault.
[[nodiscard]] expected<dead_letter::job, http::response> read_selection(const call& asked);

}  // namespace postrider::admin
