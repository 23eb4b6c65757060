#pragma once

#include "request_buffer.h"

#include <postrider/base/clock.h>
#include <postrider/event/address.h>
#include <postrider/event/forward_proxy.h>
#include <postrider/http/decoder.h>
#include <postrider/net/deadline.h>
#include <postrider/net/transport.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

namespace postrider::delivery {

struct idle_connections;

using read_buffer = std::array<char, 4096>;

/// A connection to a receiver with what its exchanges need, so that a kept one allocates little anew.
struct connection {
    connection(const boost::asio::any_io_executor& executor, http::response_decoder::limits limits,
               idle_connections& belongs_to)
        : owner(&belongs_to), deadline(executor), decoder(limits) {}

    idle_connections* owner;
    std::unique_ptr<net::callback_transport> stream;  ///< null until it is connected
    net::deadline deadline;
    http::response_decoder decoder;
    request_buffer request;  ///< of the exchange under way, where the socket did not take all of it at once
    std::unique_ptr<read_buffer> buffer;       ///< while it is in use
    std::shared_ptr<const forward_proxy> via;  ///< null: connected directly
    std::optional<ip_address> peer;            ///< the receiver; nothing where only the proxy knows it
    std::uint64_t judged_under = 0;            ///< the generation of rules that allowed `peer`
    monotonic_time opened;
    monotonic_time idle_since;
};

}  // namespace postrider::delivery
