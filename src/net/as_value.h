#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

namespace postrider::net {

/// A faulty connection is an ordinary answer here: the error code comes back as a value. Deferred: the
/// operation begins inside of the coroutine that awaits it, where `use_awaitable` would make a coroutine of
/// its own for it.
constexpr auto as_value = boost::asio::as_tuple(boost::asio::deferred);

}  // namespace postrider::net
