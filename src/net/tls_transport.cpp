#include "as_value.h"
#include "connect.h"
#include "plain_transport.h"

#include <postrider/net/tls_context.h>

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace postrider::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

error_code as_eof(const error_code& error) {
    if (error == asio::ssl::error::stream_truncated) return asio::error::make_error_code(asio::error::eof);
    return error;
}

class tls_transport final : public callback_transport {
 public:
    tls_transport(stream_socket socket, std::shared_ptr<tls_context> context)
        : context_(std::move(context)),
          stream_(std::move(socket), ::SSL_new(static_cast<SSL_CTX*>(context_->native()))) {}

    ~tls_transport() override {
        // Without the word that it was shut down OpenSSL would forget the session. Nothing is sent.
        ::SSL_set_shutdown(ssl(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
    tls_transport(const tls_transport&) = delete;
    tls_transport& operator=(const tls_transport&) = delete;

    [[nodiscard]] stream_socket& socket() noexcept { return stream_.next_layer(); }

    /// False: out of memory or a name that cannot be one.
    [[nodiscard]] bool expect_server(const std::string& name, std::uint16_t port) {
        X509_VERIFY_PARAM* const verification = ::SSL_get0_param(ssl());
        // Names stand in subjectAltName (RFC 9525); the common name, which few authorities check, counts for
        // nothing.
        ::X509_VERIFY_PARAM_set_hostflags(
            verification, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        if (ip_address::parse(name)) {
            if (::X509_VERIFY_PARAM_set1_ip_asc(verification, name.c_str()) != 1) return false;
        } else if (::X509_VERIFY_PARAM_set1_host(verification, name.data(), name.size()) != 1 ||
                   ::SSL_set_tlsext_host_name(ssl(), name.c_str()) != 1) {
            return false;
        }
        const std::string server = name + ':' + std::to_string(port);
        if (void* const session = context_->session_for(server))
            ::SSL_set_session(ssl(), static_cast<SSL_SESSION*>(session));
        context_->remember_for(ssl(), server);
        return true;
    }

    [[nodiscard]] asio::awaitable<error_code> handshake() {
        const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::client, as_value);
        co_return error;
    }

    /// X509_V_OK, or what is wrong with the peer's certificate.
    [[nodiscard]] long verification() noexcept { return ::SSL_get_verify_result(ssl()); }

    [[nodiscard]] asio::awaitable<expected<std::size_t, error_code>> read_some(
        std::span<char> buffer) override {
        const auto [error, size] =
            co_await stream_.async_read_some(asio::buffer(buffer.data(), buffer.size()), as_value);
        if (error) co_return unexpected<error_code>(as_eof(error));
        co_return size;
    }

    [[nodiscard]] asio::awaitable<error_code> write_all(std::string_view bytes) override {
        const auto [error, size] =
            co_await asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()), as_value);
        co_return as_eof(error);
    }

    /// Asio's stream has its bytes on their way through buffers of its own.
    [[nodiscard]] std::size_t write_at_once(std::string_view) noexcept override { return 0; }

    void read(std::span<char> buffer, std::shared_ptr<io_end> who) override {
        stream_.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                [who = std::move(who)](const error_code& error, std::size_t size) {
                                    who->on_read(as_eof(error), size);
                                });
    }

    void write(std::string_view bytes, std::shared_ptr<io_end> who) override {
        asio::async_write(
            stream_, asio::buffer(bytes.data(), bytes.size()),
            [who = std::move(who)](const error_code& error, std::size_t) { who->on_written(as_eof(error)); });
    }

    [[nodiscard]] bool looks_dead() override {
        if (!is_open()) return true;
        // First what came with the last read: a session ticket is taken in here and means nothing, while
        // data or a close_notify end the connection's use.
        char byte = 0;
        ::ERR_clear_error();
        const int got = ::SSL_peek(ssl(), &byte, 1);
        if (got > 0 || ::SSL_get_error(ssl(), got) != SSL_ERROR_WANT_READ) return true;
        return has_something_to_read(socket().native_handle());
    }

    void close() noexcept override {
        error_code ignored;
        socket().close(ignored);
    }

    [[nodiscard]] bool is_open() const noexcept override { return stream_.next_layer().is_open(); }

 private:
    [[nodiscard]] SSL* ssl() noexcept { return stream_.native_handle(); }

    std::shared_ptr<tls_context> context_;
    asio::ssl::stream<stream_socket> stream_;
};

std::string describe(const error_code& error, long verification, const std::string& server) {
    if (verification == X509_V_OK) {
        if (error == asio::error::eof || error == asio::ssl::error::stream_truncated)
            return server + " closed the connection during the TLS handshake";
        return "TLS handshake with " + server + ": " + error.message();
    }
    std::string text = ::X509_verify_cert_error_string(verification);
    if (verification == X509_V_ERR_HOSTNAME_MISMATCH || verification == X509_V_ERR_IP_ADDRESS_MISMATCH)
        text += ": it is not for " + server;
    return "certificate of " + server + " refused: " + text;
}

connect_error handshake_failure(const error_code& error, long verification, const std::string& server) {
    connect_error failure;
    failure.where = connect_error::step::handshake;
    failure.code = error;
    failure.detail = describe(error, verification, server);
    return failure;
}

/// The handshake on a connected socket, and what it found out about the other end.
asio::awaitable<connect_result> verify(std::unique_ptr<tls_transport> made, std::string server_name,
                                       std::uint16_t port) {
    error_code error = asio::error::make_error_code(asio::error::invalid_argument);
    if (made->expect_server(server_name, port)) error = co_await made->handshake();
    const long verification = made->verification();
    if (!error && verification != X509_V_OK) error = asio::error::make_error_code(asio::error::no_permission);
    if (error) co_return unexpected<connect_error>(handshake_failure(error, verification, server_name));
    co_return std::move(made);
}

}  // namespace

asio::awaitable<connect_result> connect_tls(asio::any_io_executor executor, ip_address address,
                                            std::uint16_t port, std::shared_ptr<tls_context> context,
                                            std::string server_name, connect_handle& handle) {
    auto made = std::make_unique<tls_transport>(stream_socket(executor), std::move(context));
    const closing_scope closing(handle, made->socket());
    auto failure = co_await connect_socket(made->socket(), address, port);
    if (failure) co_return unexpected<connect_error>(std::move(*failure));
    co_return co_await verify(std::move(made), std::move(server_name), port);
}

asio::awaitable<connect_result> start_tls(std::unique_ptr<callback_transport> over, std::uint16_t port,
                                          std::shared_ptr<tls_context> context, std::string server_name,
                                          connect_handle& handle) {
    auto* const plain = dynamic_cast<plain_transport*>(over.get());
    if (plain == nullptr) {
        const auto error = asio::error::make_error_code(asio::error::invalid_argument);
        co_return unexpected<connect_error>(handshake_failure(error, X509_V_OK, server_name));
    }
    auto made = std::make_unique<tls_transport>(std::move(plain->socket()), std::move(context));
    const closing_scope closing(handle, made->socket());
    co_return co_await verify(std::move(made), std::move(server_name), port);
}

}  // namespace postrider::net
