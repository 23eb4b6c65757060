#pragma once

#include "date_line.h"

#include <postrider/http/server.h>
#include <postrider/net/deadline.h>
#include <postrider/net/server_tls.h>
#include <postrider/net/transport.h>
#include <postrider/runtime/signal.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace postrider::http {

class session;

/// What the sessions of one server share. Lives until the last of them ended.
struct sessions_of_server {
    sessions_of_server(const boost::asio::any_io_executor& on, handler& handler, server_limits bounds)
        : executor(on), answers(handler), limits(bounds), ended(on) {}

    boost::asio::any_io_executor executor;
    handler& answers;
    server_limits limits;
    bool stopping = false;
    std::unordered_set<session*> sessions;
    runtime::signal ended;  ///< notified when a session has gone
    date_line date;
};

/// One connection, from accept to close: reads requests, asks the handler, writes answers in order. One
/// absolute deadline guards whatever it waits for, except the handler, which bounds itself.
class session {
 public:
    session(sessions_of_server& shared, std::unique_ptr<net::transport> transport, int descriptor,
            ip_address peer);
    /// Under TLS.
    session(sessions_of_server& shared, std::unique_ptr<net::accepted_tls> transport, int descriptor,
            ip_address peer);

    /// Ends when the connection did. The session must outlive it. `visitor` may be null.
    [[nodiscard]] boost::asio::awaitable<void> run(visitor* visitor);

    /// Closes now when no request is under way, else after its answer: everybody leaves.
    void begin_stop();
    /// The same for this one alone.
    void leave();
    [[nodiscard]] const ip_address& peer() const noexcept { return peer_; }
    /// Closes now.
    void cut() noexcept;

 private:
    enum class waiting : std::uint8_t {
        nothing,    ///< the handler is at work
        handshake,  ///< for TLS
        idle,       ///< for a request's first byte
        head,       ///< for the rest of a header
        body,       ///< for the rest of a body
        writing,    ///< for the client to take an answer
        lingering,  ///< for the client to see that we closed
    };

    [[nodiscard]] boost::asio::awaitable<void> shake_hands(visitor* visitor);
    [[nodiscard]] boost::asio::awaitable<void> serve_requests();
    void admit();
    [[nodiscard]] std::span<char> begin_reading(bool in_body);
    void end_reading(std::span<char> buffer, expected<std::size_t, boost::system::error_code> size);
    [[nodiscard]] request& take_request();
    [[nodiscard]] bool write_at_once();
    [[nodiscard]] boost::asio::awaitable<void> flush();
    void written_from_out(std::size_t bytes);
    [[nodiscard]] boost::asio::awaitable<void> linger();

    void wait_for(waiting what);
    void on_deadline() noexcept;
    void append_answer(const response& response);
    [[nodiscard]] std::span<char> read_buffer(bool idle);

    sessions_of_server& shared_;
    std::unique_ptr<net::transport> transport_;
    net::accepted_tls* tls_ = nullptr;  ///< the transport, where it is under TLS
    int descriptor_;                    ///< the transport's; for half-closing
    ip_address peer_;
    request_decoder decoder_;
    net::deadline deadline_;
    waiting waiting_ = waiting::nothing;
    std::string out_;           ///< answers that are not written yet
    bool close_after_ = false;  ///< the last answer in `out_` ends the connection
    bool ended_ = false;
    bool leaving_ = false;
    bool answers_head_ = false;
    bool unread_body_ = false;  ///< the client may still be sending what will not be read

    std::array<char, 4096> small_;
    std::vector<char> large_;  ///< in place of `small_` while much comes
    bool read_was_full_ = false;
};

}  // namespace postrider::http
