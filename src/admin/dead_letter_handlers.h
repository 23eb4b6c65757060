#pragma once

#include "answer.h"
#include "route.h"

namespace postrider::admin {

/// Each needs what its route says in dead_letter_routes.cpp.
[[nodiscard]] boost::asio::awaitable<http::response> list_dead_letters(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> show_dead_letter(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> purge_dead_letter(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> replay_dead_letters(call asked);
[[nodiscard]] boost::asio::awaitable<http::response> purge_dead_letters(call asked);

}  // namespace postrider::admin
