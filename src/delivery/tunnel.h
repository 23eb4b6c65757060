#pragma once

#include <postrider/event/forward_proxy.h>
#include <postrider/net/transport.h>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace postrider::delivery {

struct tunnel_failure {
    enum class kind : std::uint8_t {
        proxy,        ///< it left without an answer, or its answer is none
        credentials,  ///< 407: it wants others, or denies the destination by that
        destination,  ///< any other status: it cannot or will not connect to it
    };
    kind what = kind::proxy;
    std::string detail;  ///< for operators; no credentials in it
};

/// Asks `proxy`, at the other end of `over`, to connect to `destination` ("host:port"). Nothing: whatever is
/// written from now on goes there. Cut by closing `over`. The arguments outlive the call.
[[nodiscard]] boost::asio::awaitable<std::optional<tunnel_failure>> open_tunnel(net::transport& over,
                                                                                const forward_proxy& proxy,
                                                                                std::string destination);

}  // namespace postrider::delivery
