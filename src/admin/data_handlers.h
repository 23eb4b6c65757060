#pragma once

#include "route.h"

namespace postrider::admin {

/// Each needs what its route says in data_routes.cpp.
[[nodiscard]] boost::asio::awaitable<http::response> delete_event_data(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> delete_tenant_data(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> export_event(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> export_tenant(call asked);

/// The tenant that the path names: 403 for another than the token's, 404 for what is no name.
[[nodiscard]] expected<std::string, http::response> tenant_of_path(const call& asked);

}  // namespace postrider::admin
