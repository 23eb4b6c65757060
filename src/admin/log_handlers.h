#pragma once

#include "route.h"

namespace postrider::admin {

/// `GET /api/log`: what the process's own log writes.
[[nodiscard]] boost::asio::awaitable<http::response> show_log(call asked);
/// `PUT /api/log`: changes its level or sampling, until the configuration is loaded again.
[[nodiscard]] boost::asio::awaitable<http::response> change_log(call asked);

}  // namespace postrider::admin
