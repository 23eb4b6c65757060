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

namespace postrider::delivery {

struct dial_failure {
    dial_failure(transport_error what, std::string text, bool ours = false)
        : error(what), detail(std::move(text)), own_fault(ours) {}
    transport_error error;
    std::string detail;
    bool own_fault;  ///< of our name servers; what `error` says by itself is not repeated here
};

/// What dialling needs beside the endpoint; lives as long as the sender's attempts.
struct dial_tools {
    boost::asio::any_io_executor executor;
    net::resolver& resolver;
    const time_source& time;
    tls_contexts& tls;
};

/// Connects `to` to the endpoint: resolve, judge every address, and dial the allowed ones in turn, all within
/// the endpoint's deadline for connecting. The arguments outlive the call.
[[nodiscard]] boost::asio::awaitable<expected<void, dial_failure>> dial(dial_tools& tools,
                                                                        endpoint_runtime& runtime,
                                                                        connection& to, flight& flight);

}  // namespace postrider::delivery
