#pragma once

#include "route.h"

namespace postrider::admin {

/// Who changed what, newest first.
[[nodiscard]] boost::asio::awaitable<http::response> list_changes(call asked);

}  // namespace postrider::admin
