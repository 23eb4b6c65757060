#pragma once

#include <postrider/base/expected.h>
#include <postrider/base/secret.h>
#include <postrider/net/transport.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace postrider::net {

/// What a listener shows, and whom it asks to show something; all PEM.
struct server_identity {
    std::string certificates;  ///< its own first, then those between it and its authority
    secret key;
    std::string client_authorities;  ///< not empty: a client needs a certificate by one of them
};

/// The server's side of TLS for one listener: TLS 1.2 or newer, forward secret suites, no renegotiation, no
/// early data, ALPN for http/1.1 alone. No session is ever resumed: a certificate that was taken back, or ran
/// out, counts for the very next connection. Immutable; all shards may work with the same one, and a
/// connection keeps the one that it began with.
class server_tls {
 public:
    /// The error says what is wrong with the identity.
    [[nodiscard]] static expected<std::shared_ptr<const server_tls>, std::string> make(
        const server_identity& identity);

    virtual ~server_tls() = default;
    /// The SSL_CTX, for the transport only.
    [[nodiscard]] virtual void* native() const noexcept = 0;
};

/// Why a handshake did not come to its end.
enum class handshake_fault : std::uint8_t {
    none,
    closed,              ///< the client left, or we did, before it said anything
    client_certificate,  ///< none, expired, or of another authority
    protocol,            ///< anything else: no TLS, too old, left in the middle
};

/// An accepted connection under TLS. Not a byte can be read or written before its handshake succeeded. It
/// costs little before the client has spoken, and gives back its buffers whenever it waits.
class accepted_tls : public transport {
 public:
    /// Once, and first. Has no deadline of its own: `close` ends it.
    [[nodiscard]] virtual boost::asio::awaitable<handshake_fault> handshake() = 0;
    /// Tells the client that no more comes; reading goes on.
    virtual void end_writing() noexcept = 0;
};

/// As adopt_tcp: takes the descriptor over. The process must ignore SIGPIPE.
[[nodiscard]] std::unique_ptr<accepted_tls> adopt_tls(const boost::asio::any_io_executor& executor,
                                                      int descriptor, bool v6,
                                                      std::shared_ptr<const server_tls> tls);

}  // namespace postrider::net
