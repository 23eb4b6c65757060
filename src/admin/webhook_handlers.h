#pragma once

#include "route.h"

namespace postrider::admin {

/// Each needs what its route says in webhook_routes.cpp.
[[nodiscard]] boost::asio::awaitable<http::response> list_webhooks(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> show_webhook(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> create_webhook(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> change_webhook(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> delete_webhook(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> rotate_webhook_secret(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> test_webhook(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> verify_webhook(call asked);

}  // namespace postrider::admin
