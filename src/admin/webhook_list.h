#pragma once

#include "answer.h"

namespace postrider::admin {

/// Which webhooks are asked for.
struct webhook_list {
    std::size_t limit = 50;  ///< 1 to `most`
    std::string after;       ///< the id that the page before ended with; empty: from the beginning
    std::string state;       ///< active, paused, disabled; empty: any
    static constexpr std::size_t most = 250;
};
/// Out of the query of a request, or 422 with each fault.
[[nodiscard]] expected<webhook_list, http::response> read_webhook_list(std::string_view query);

}  // namespace postrider::admin
