#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/http/decoder.h>
#include <postrider/http/message.h>
#include <postrider/net/server_tls.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace postrider::http {

/// What answers requests. Called on the shard's executor.
class handler {
 public:
    virtual ~handler() = default;

    /// Before the body is read (and before `100 Continue`): how large it may be, or the answer that refuses
    /// the request now (401, 403, 404, 405, 413, 415 …). The connection is closed after a refusal whose
    /// request announced a body.
    [[nodiscard]] virtual expected<std::uint64_t, response> admit(
        const request& head, std::optional<std::uint64_t> content_length) = 0;
    /// The answer. The request lives until the coroutine ends. Its body may be moved away, nothing else of it
    /// may be changed.
    [[nodiscard]] virtual boost::asio::awaitable<response> handle(request& request) = 0;
};

struct server_limits {
    request_decoder::limits decoder;
    /// From the first byte of a request to its header's end: 408. Also for a TLS handshake, from the
    /// connection on.
    milliseconds header_timeout{5000};
    milliseconds body_timeout{10000};  ///< of the body: 408
    milliseconds idle_timeout{
        30000};  ///< without a request: closed; also how long a client may take to read an answer
};

/// What whoever accepted a connection gives along with it, and gets back when the connection has ended.
class visitor {
 public:
    virtual ~visitor() = default;  ///< the connection has ended
    /// Its TLS handshake failed, which closed it; `timed_out`: it took too long.
    virtual void on_handshake_fault(net::handshake_fault why, bool timed_out) noexcept = 0;
};

/// Whether a peer may go on.
using peer_check = std::function<bool(const ip_address& peer)>;

/// The HTTP sessions of one shard: keep-alive and pipelining, one request after the other on each connection.
/// Not thread-safe; lives on its executor.
class server {
 public:
    server(const boost::asio::any_io_executor& executor, handler& handler, server_limits limits);
    ~server();  ///< all sessions must have ended
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Serves an accepted TCP socket and takes it over: under TLS, if there is some. `visitor` (may be null)
    /// is destroyed when the connection has ended.
    void serve(int descriptor, ip_address peer, std::shared_ptr<visitor> visitor = nullptr);

    /// For connections that begin after it; null: plain.
    void set_tls(std::shared_ptr<const net::server_tls> tls);
    /// Connections of whom `may_stay` says no end: now when idle, else after the answer to the request they
    /// are at.
    void dismiss(const peer_check& may_stay);

    /// Idle connections are closed now, busy ones after the answer to the request they are at.
    void begin_stop();
    /// Waits until no session is left; past `longest` the rest is cut.
    [[nodiscard]] boost::asio::awaitable<void> stop(milliseconds longest);

    [[nodiscard]] std::size_t connections() const noexcept;
    void set_limits(server_limits limits);  ///< for connections and requests that begin after it

 private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

/// Answers 503 on an accepted plain socket and closes it, at the cost of this one call.
void refuse_connection(int descriptor, std::string_view detail) noexcept;

}  // namespace postrider::http
