#pragma once

#include "certificate.h"

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::test {

/// How a receiver speaks TLS.
struct tls_server {
    certificate own;
    int most_version = TLS1_3_VERSION;
    int least_version = TLS1_2_VERSION;
    std::string client_authority_pem;  ///< not empty: a client certificate by it is required

    /// For as many connections as are made with it.
    [[nodiscard]] std::shared_ptr<SSL_CTX> make_context() const;
};

/// One connection as the receiver's script sees it, on a thread of its own with blocking calls. They end
/// (with nothing, false) when the other side or the receiver closes.
class peer {
 public:
    peer(int descriptor, std::shared_ptr<SSL_CTX> context);
    ~peer();
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

    /// Called first where the receiver speaks TLS; a script need not.
    bool handshake();
    /// The next request to its last byte, by its Content-Length.
    [[nodiscard]] std::optional<std::string> read_request();
    /// Its head only, up to the empty line; what came behind it stays.
    [[nodiscard]] std::optional<std::string> read_head();
    bool send(std::string_view bytes);
    /// Takes in whatever comes next.
    bool receive();
    /// Takes in and forgets whatever comes, until the other side closes.
    void wait_for_end();
    /// FIN, without reading what is there.
    void close();
    /// RST.
    void reset();

    [[nodiscard]] bool resumed() const noexcept;    ///< the TLS session
    [[nodiscard]] std::string server_name() const;  ///< what the client called us in SNI; empty: nothing
    /// Every byte that came in as plain text so far.
    [[nodiscard]] const std::string& received() const noexcept { return received_; }
    /// From another thread: ends whatever the script waits for.
    void interrupt() noexcept;

 private:
    int descriptor_;
    std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
    std::string received_;
    std::size_t taken_ = 0;  // of received_
};

}  // namespace postrider::test
