#include "connect.h"

#include "as_value.h"
#include "socket_name.h"

#include <netinet/tcp.h>
#include <sys/un.h>

#include <cstring>

namespace postrider::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

using endpoint = asio::generic::stream_protocol::endpoint;

sockaddr_storage storage_of(const endpoint& name) noexcept {
    sockaddr_storage storage{};
    std::memcpy(&storage, name.data(), std::min(name.size(), sizeof(storage)));
    return storage;
}

/// Whether the other end is the one that was asked for. A port of the ephemeral range on this very machine
/// can be connected to itself when nobody listens there: that is a refusal.
error_code check_peer(const stream_socket& socket, const ip_address& address, std::uint16_t port) {
    error_code error;
    const endpoint remote = socket.remote_endpoint(error);
    if (error) return error;
    const endpoint local = socket.local_endpoint(error);
    if (error) return error;
    const sockaddr_storage peer = storage_of(remote);
    if (address_of(peer) != address || port_of(peer) != port)
        return asio::error::make_error_code(asio::error::network_unreachable);
    if (local == remote) return asio::error::make_error_code(asio::error::connection_refused);
    return {};
}

std::string describe(const error_code& error, const std::string& where) {
    if (error == asio::error::connection_refused) return "connection refused by " + where;
    if (error == asio::error::host_unreachable || error == asio::error::network_unreachable)
        return "no route to " + where;
    if (error == asio::error::timed_out) return "no answer from " + where;
    return "cannot connect to " + where + ": " + error.message();
}

connect_error connect_failure(const error_code& error, const std::string& where) {
    connect_error failure;
    failure.code = error;
    failure.detail = describe(error, where);
    return failure;
}

asio::awaitable<error_code> open_and_connect(stream_socket& socket, endpoint to, int protocol) {
    error_code error;
    socket.open(asio::generic::stream_protocol(to.protocol().family(), protocol), error);
    if (error) co_return error;
    const auto [connected] = co_await socket.async_connect(to, as_value);
    co_return connected;
}

}  // namespace

asio::awaitable<std::optional<connect_error>> connect_socket(stream_socket& socket, ip_address address,
                                                             std::uint16_t port) {
    const socket_name name = to_socket_name(address, port);
    const endpoint to(name.get(), name.size);
    error_code error = co_await open_and_connect(socket, to, IPPROTO_TCP);
    if (!error) error = check_peer(socket, address, port);
    if (error) co_return connect_failure(error, to_text(address, port));
    const int on = 1;
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    co_return std::nullopt;
}

asio::awaitable<connect_result> connect_tcp(asio::any_io_executor executor, ip_address address,
                                            std::uint16_t port, connect_handle& handle) {
    auto made = std::make_unique<plain_transport>(executor);
    const closing_scope closing(handle, made->socket());
    auto failure = co_await connect_socket(made->socket(), address, port);
    if (failure) co_return unexpected<connect_error>(std::move(*failure));
    co_return std::move(made);
}

asio::awaitable<connect_result> connect_unix(asio::any_io_executor executor, std::string path,
                                             connect_handle& handle) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path.size() >= sizeof(name.sun_path)) {
        const error_code too_long(ENAMETOOLONG, boost::system::system_category());
        co_return unexpected<connect_error>(connect_failure(too_long, path));
    }
    path.copy(name.sun_path, path.size());
    auto made = std::make_unique<plain_transport>(executor);
    const closing_scope closing(handle, made->socket());
    const endpoint to(&name, sizeof(name));
    const error_code error = co_await open_and_connect(made->socket(), to, 0);
    if (error) co_return unexpected<connect_error>(connect_failure(error, path));
    co_return std::move(made);
}

}  // namespace postrider::net
