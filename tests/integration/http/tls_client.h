#pragma once

#include "client.h"

#include <openssl/ssl.h>
#include <support/net/certificate.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::http {

/// How a client speaks TLS. It trusts nobody and checks nothing: what is tested is the server.
struct tls_speech {
    int least_version = 0;  ///< 0: whatever OpenSSL still knows
    int most_version = TLS1_3_VERSION;
    std::optional<test::certificate> certificate{};
    std::vector<std::string> protocols{};  ///< of ALPN
    SSL_SESSION* resume = nullptr;
    std::string suites = "ALL";  ///< of TLS 1.2 and before
};

/// A client's end of a connection under TLS; blocking.
class tls_client {
 public:
    tls_client(client plain, const tls_speech& speech);

    /// Whether the client's side of the handshake came to its end: under TLS 1.3 that is before the server
    /// has judged its certificate.
    bool handshake();
    void send(std::string_view bytes);
    /// As those of `client`; an alert counts as the end, and is kept in `fault`.
    [[nodiscard]] std::string read_until(std::string_view text);
    [[nodiscard]] std::string read_to_end();
    bool renegotiate();

    [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
    [[nodiscard]] bool closed_in_order() const noexcept;  ///< the server said that it closes
    [[nodiscard]] std::string server_certificate() const;
    [[nodiscard]] int certificates() const;      ///< that the server showed
    [[nodiscard]] std::string protocol() const;  ///< what ALPN chose; empty: nothing
    [[nodiscard]] SSL_SESSION* session() const;  ///< the caller's to free
    [[nodiscard]] bool resumed() const;
    [[nodiscard]] client& plain() noexcept { return plain_; }

 private:
    struct deleter {
        void operator()(SSL* ssl) const noexcept { ::SSL_free(ssl); }
        void operator()(SSL_CTX* context) const noexcept { ::SSL_CTX_free(context); }
    };
    bool read_some();
    void note_fault();

    client plain_;
    std::unique_ptr<SSL_CTX, deleter> context_;
    std::unique_ptr<SSL, deleter> ssl_;
    std::string received_;
    std::string fault_;
};

}  // namespace postrider::http
