#pragma once

#include "answer.h"
#include "route.h"

namespace postrider::admin {

/// Which webhooks are asked for.
struct webhook_list {
    std::size_t limit = 0;
    std::string after;  ///< the id that the page before ended with; empty: from the beginning
    std::string state;  ///< active, paused, disabled; empty: any
    std::string scope;  ///< of its cursors
};
/// Out of the query of a request, or 422 with each fault.
[[nodiscard]] expected<webhook_list, http::response> read_webhook_list(const call& asked);

}  // namespace postrider::admin
