#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/http/decoder.h>
#include <postrider/http/message.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>

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
    /// The answer. The request lives until the coroutine ends.
    [[nodiscard]] virtual boost::asio::awaitable<response> handle(request& request) = 0;
};

struct server_limits {
    request_decoder::limits decoder;
    std::size_t max_connections = 10000;
    milliseconds header_timeout{5000};  ///< from the first byte of a request to its header's end: 408
    milliseconds body_timeout{10000};   ///< of the body: 408
    milliseconds idle_timeout{
        30000};  ///< without a request: closed; also how long a client may take to read an answer
};

/// The HTTP sessions of one shard: keep-alive and pipelining, one request after the other on each connection.
/// Not thread-safe; lives on its executor.
class server {
 public:
    server(const boost::asio::any_io_executor& executor, handler& handler, server_limits limits);
    ~server();  ///< all sessions must have ended
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Serves an accepted TCP socket and takes it over. Over max_connections it is answered 503 and closed.
    void serve(int descriptor, ip_address peer);

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

}  // namespace postrider::http
