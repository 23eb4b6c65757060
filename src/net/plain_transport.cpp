#include "plain_transport.h"

#include "as_value.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace postrider::net {
namespace {

namespace asio = boost::asio;

}  // namespace

bool has_something_to_read(int descriptor) noexcept {
    char byte = 0;
    const ssize_t got = ::recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got >= 0 || (errno != EAGAIN && errno != EINTR);
}

asio::awaitable<expected<std::size_t, boost::system::error_code>> plain_transport::read_some(
    std::span<char> buffer) {
    const auto [error, size] =
        co_await socket_.async_read_some(asio::buffer(buffer.data(), buffer.size()), as_value);
    if (error) co_return unexpected<boost::system::error_code>(error);
    co_return size;
}

asio::awaitable<boost::system::error_code> plain_transport::write_all(std::string_view bytes) {
    // Nearly always the socket's buffer takes all of it at once, and a plain call costs neither a handler nor
    // a turn of the scheduler.
    const ssize_t sent =
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR)
        co_return boost::system::error_code(errno, boost::system::system_category());
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (bytes.empty()) co_return boost::system::error_code();
    const auto [error, size] =
        co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), as_value);
    co_return error;
}

std::size_t plain_transport::write_at_once(std::string_view bytes) noexcept {
    const ssize_t sent =
        ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

void plain_transport::read(std::span<char> buffer, std::shared_ptr<io_end> who) {
    socket_.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                            [who = std::move(who)](const boost::system::error_code& error, std::size_t size) {
                                who->on_read(error, size);
                            });
}

void plain_transport::write(std::string_view bytes, std::shared_ptr<io_end> who) {
    asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()),
                      [who = std::move(who)](const boost::system::error_code& error, std::size_t) {
                          who->on_written(error);
                      });
}

bool plain_transport::looks_dead() {
    return !socket_.is_open() || has_something_to_read(socket_.native_handle());
}

void plain_transport::close() noexcept {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

stream_socket adopt_socket(const asio::any_io_executor& executor, int descriptor, bool v6) {
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    stream_socket socket(executor);
    boost::system::error_code error;
    const asio::generic::stream_protocol protocol(v6 ? AF_INET6 : AF_INET, IPPROTO_TCP);
    socket.assign(protocol, descriptor, error);
    // Only an epoll that is out of watches refuses; the descriptor was given to us, so it goes here.
    if (error) ::close(descriptor);
    return socket;
}

std::unique_ptr<transport> adopt_tcp(const asio::any_io_executor& executor, int descriptor, bool v6) {
    return std::make_unique<plain_transport>(adopt_socket(executor, descriptor, v6));
}

}  // namespace postrider::net
