#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace postrider::net {

/// A faulty connection is an ordinary answer here: the error code comes back as a value.
constexpr auto as_value = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace postrider::net
