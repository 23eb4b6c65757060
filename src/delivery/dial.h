#pragma once

#include "connection.h"
#include "endpoint_runtime.h"
#include "flight.h"
#include "tls_contexts.h"

#include <postrider/event/attempt.h>
#include <postrider/net/resolver.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace postrider::delivery {

/// What an attempt says of it, word for word.
struct dial_failure {
    transport_error error = transport_error::connect;
    std::string detail;
    std::string for_operators{};
    std::string_view denied_by{};
    bool own_fault = false;
    bool no_socket = false;  ///< no descriptor, port or memory for one
};

/// What dialling needs beside the endpoint; lives as long as the sender's attempts.
struct dial_tools {
    boost::asio::any_io_executor executor;
    net::resolver& resolver;
    const time_source& time;
    tls_contexts& tls;
};

/// Connects `to` to the endpoint, through the proxy that it names or directly: resolve, judge every address,
/// and dial the allowed ones in turn, all within the endpoint's deadline for connecting. The arguments
/// outlive the call.
[[nodiscard]] boost::asio::awaitable<expected<void, dial_failure>> dial(dial_tools& tools,
                                                                        endpoint_runtime& runtime,
                                                                        connection& to, flight& flight);

}  // namespace postrider::delivery
