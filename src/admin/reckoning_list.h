#pragma once

#include "route.h"

namespace postrider::admin {

/// What the counters of each partition say beside what was counted in it, a row for each.
[[nodiscard]] boost::asio::awaitable<http::response> list_reckonings(call asked);

}  // namespace postrider::admin
