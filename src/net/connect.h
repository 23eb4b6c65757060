#pragma once

#include "plain_transport.h"

#include <postrider/net/transport.h>

#include <boost/asio/error.hpp>

#include <optional>
#include <utility>

namespace postrider::net {

/// For as long as it lives `handle` closes the socket; afterwards it does nothing.
class closing_scope {
 public:
    closing_scope(connect_handle& handle, stream_socket& socket) : handle_(handle) {
        handle_.close = [&socket] {
            boost::system::error_code ignored;
            socket.close(ignored);
        };
    }
    ~closing_scope() {
        handle_.close = [] {};
    }
    closing_scope(const closing_scope&) = delete;
    closing_scope& operator=(const closing_scope&) = delete;

 private:
    connect_handle& handle_;
};

/// Opens the socket and connects it to exactly this address. `socket` must outlive the call.
[[nodiscard]] boost::asio::awaitable<std::optional<connect_error>> connect_socket(stream_socket& socket,
                                                                                  ip_address address,
                                                                                  std::uint16_t port);

}  // namespace postrider::net
