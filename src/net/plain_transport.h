#pragma once

#include <postrider/net/transport.h>

#include <boost/asio/generic/stream_protocol.hpp>

namespace postrider::net {

using stream_socket = boost::asio::generic::stream_protocol::socket;

/// Bytes as they are, over TCP or a unix socket.
class plain_transport final : public callback_transport {
 public:
    explicit plain_transport(const boost::asio::any_io_executor& executor) : socket_(executor) {}
    explicit plain_transport(stream_socket socket) : socket_(std::move(socket)) {}

    [[nodiscard]] stream_socket& socket() noexcept { return socket_; }

    [[nodiscard]] boost::asio::awaitable<expected<std::size_t, boost::system::error_code>> read_some(
        std::span<char> buffer) override;
    [[nodiscard]] boost::asio::awaitable<boost::system::error_code> write_all(
        std::string_view bytes) override;
    [[nodiscard]] std::size_t write_at_once(std::string_view bytes) noexcept override;
    void read(std::span<char> buffer, std::shared_ptr<io_end> who) override;
    void write(std::string_view bytes, std::shared_ptr<io_end> who) override;
    [[nodiscard]] bool looks_dead() override;
    void close() noexcept override;
    [[nodiscard]] bool is_open() const noexcept override { return socket_.is_open(); }

 private:
    stream_socket socket_;
};

/// An accepted TCP socket, with TCP_NODELAY; takes the descriptor over.
[[nodiscard]] stream_socket adopt_socket(const boost::asio::any_io_executor& executor, int descriptor,
                                         bool v6);

/// Whether the kernel has an end of stream, an error or bytes to read for a connection that should have none.
[[nodiscard]] bool has_something_to_read(int descriptor) noexcept;

}  // namespace postrider::net
