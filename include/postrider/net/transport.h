#pragma once

#include <postrider/base/expected.h>
#include <postrider/event/address.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace postrider::net {

class tls_context;

/// A stream of bytes over TCP, TLS or a unix socket. Errors are values; `close` may be called at any time on
/// the executor and ends what is pending. One read and one write may be pending together. Destroying it
/// closes it; nothing may be pending then.
class transport {
 public:
    virtual ~transport() = default;

    /// Some bytes into `buffer`, at least one. End of stream is `boost::asio::error::eof`, also where a TLS
    /// peer closed without its close_notify: HTTP frames its messages itself.
    [[nodiscard]] virtual boost::asio::awaitable<expected<std::size_t, boost::system::error_code>> read_some(
        std::span<char> buffer) = 0;
    /// All of `bytes`, which must live until it ends.
    [[nodiscard]] virtual boost::asio::awaitable<boost::system::error_code> write_all(
        std::string_view bytes) = 0;
    /// Writes what goes without waiting, and gives how many bytes, from the front, that were: often all of
    /// them, for less than a coroutine costs. The rest is for `write_all`, which also tells what is wrong;
    /// over TLS the bytes have to stay where they are until then.
    [[nodiscard]] virtual std::size_t write_at_once(std::string_view bytes) noexcept = 0;

    /// Whether the peer closed or sent something although nothing was asked: such a connection is not reused.
    /// Asks the kernel without blocking.
    [[nodiscard]] virtual bool looks_dead() = 0;
    virtual void close() noexcept = 0;
    [[nodiscard]] virtual bool is_open() const noexcept = 0;
};

/// Who is told by a `callback_transport` what came of a read or a write.
class io_end {
 public:
    virtual ~io_end() = default;
    virtual void on_read(const boost::system::error_code& error, std::size_t size) = 0;
    virtual void on_written(const boost::system::error_code& error) = 0;
};

/// A transport that can be used without coroutines, for whom their frames would cost more than what they do.
/// `who` is told once, later, on the executor, never from within the call, and kept alive until then.
class callback_transport : public transport {
 public:
    /// As read_some.
    virtual void read(std::span<char> buffer, std::shared_ptr<io_end> who) = 0;
    /// As write_all.
    virtual void write(std::string_view bytes, std::shared_ptr<io_end> who) = 0;
};

/// A connected transport, or the error with a text for people. `step` says where it failed.
struct connect_error {
    enum class step : std::uint8_t { connect, handshake };
    step where = step::connect;
    boost::system::error_code code;
    std::string detail;
};
using connect_result = expected<std::unique_ptr<callback_transport>, connect_error>;

/// What an attempt to connect can be cut by: `close` on whatever socket it is at. Filled in by the connect
/// functions below; the caller's deadline calls it.
struct connect_handle {
    std::function<void()> close = [] {};
};

/// Connects to exactly this address; after connecting, the peer's address is read from the socket and must be
/// the same. `handle` must outlive the call.
[[nodiscard]] boost::asio::awaitable<connect_result> connect_tcp(boost::asio::any_io_executor executor,
                                                                 ip_address address, std::uint16_t port,
                                                                 connect_handle& handle);

/// As connect_tcp, then a TLS handshake with SNI (unless `server_name` is a literal) and verification of
/// chain and name. Not a byte is passed to the application before both succeeded. Sessions are resumed
/// through the context. The process must ignore SIGPIPE.
[[nodiscard]] boost::asio::awaitable<connect_result> connect_tls(boost::asio::any_io_executor executor,
                                                                 ip_address address, std::uint16_t port,
                                                                 std::shared_ptr<tls_context> context,
                                                                 std::string server_name,
                                                                 connect_handle& handle);

/// The handshake of connect_tls on a connection that connect_tcp made, such as a tunnel through a proxy.
/// `port` is the server's, for its sessions.
[[nodiscard]] boost::asio::awaitable<connect_result> start_tls(std::unique_ptr<callback_transport> over,
                                                               std::uint16_t port,
                                                               std::shared_ptr<tls_context> context,
                                                               std::string server_name,
                                                               connect_handle& handle);

[[nodiscard]] boost::asio::awaitable<connect_result> connect_unix(boost::asio::any_io_executor executor,
                                                                  std::string path, connect_handle& handle);

/// A transport around an accepted TCP socket (non-blocking, TCP_NODELAY is set here); takes the descriptor
/// over.
[[nodiscard]] std::unique_ptr<transport> adopt_tcp(const boost::asio::any_io_executor& executor,
                                                   int descriptor, bool v6);

}  // namespace postrider::net
