#pragma once

#include "answer.h"
#include "route.h"

namespace postrider::admin {

/// Each needs what its route says in event_routes.cpp.
[[nodiscard]] boost::asio::awaitable<http::response> show_event(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> redeliver_event(call asked);

/// Whose event is asked for: the token's tenant, else that of the parameter `tenant`, else `default`. 403 for
/// another tenant than the token's.
[[nodiscard]] expected<std::string, http::response> read_tenant(const call& asked);
/// The event that the path names, in the token's tenant, else in that of the parameter `tenant`, else in
/// `default`. 403 for another tenant than the token's, 404 when there is none. `asked` lives in the frame
/// that waits for it.
[[nodiscard]] boost::asio::awaitable<expected<queue::event_view, http::response>> find_event(
    const call& asked);

/// The event with its deliveries; its payload as it lies in the store, to the byte when it is JSON.
[[nodiscard]] std::string describe_event(const queue::event_view& event);

}  // namespace postrider::admin
