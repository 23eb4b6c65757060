#pragma once

#include "connection.h"
#include "flight.h"

#include <postrider/event/attempt.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <string>

namespace postrider::delivery {

/// How an exchange ended. With a complete header block the response lies in the connection's decoder.
struct exchange_end {
    transport_error error = transport_error::none;  ///< none: a complete header block came
    std::string detail;
    bool gave_bytes = false;  ///< of a response
    bool by_us = false;       ///< a deadline or a cut ended it
    bool reusable = false;
};

/// Sends `with.request` and reads the response, at most `most_bytes` of it, within `limit`. The arguments
/// outlive the call.
[[nodiscard]] boost::asio::awaitable<exchange_end> exchange(boost::asio::any_io_executor executor,
                                                            connection& with, flight& flight,
                                                            milliseconds limit, std::size_t most_bytes);

}  // namespace postrider::delivery
