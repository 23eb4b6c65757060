#include "as_value.h"
#include "connect.h"
#include "openssl_error.h"
#include "plain_transport.h"

#include <postrider/net/tls_context.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cerrno>
#include <utility>

namespace postrider::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

struct free_ssl {
    void operator()(SSL* ssl) const noexcept { ::SSL_free(ssl); }
};

/// OpenSSL writes to the descriptor itself, so that a request mostly goes with one call and nobody waits for
/// it. What it reads it is given from memory: asio reads into the buffer of whoever wants bytes, and OpenSSL
/// puts there what they mean.
class tls_transport final : public callback_transport {
 public:
    tls_transport(stream_socket socket, std::shared_ptr<tls_context> context)
        : context_(std::move(context)),
          socket_(std::move(socket)),
          ssl_(::SSL_new(static_cast<SSL_CTX*>(context_->native()))) {}

    ~tls_transport() override {
        // Without the word that it was shut down OpenSSL would forget the session. Nothing is sent.
        if (ssl_) ::SSL_set_shutdown(ssl(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
    tls_transport(const tls_transport&) = delete;
    tls_transport& operator=(const tls_transport&) = delete;

    [[nodiscard]] stream_socket& socket() noexcept { return socket_; }

    /// False: out of memory or a name that cannot be one.
    [[nodiscard]] bool expect_server(const std::string& name, std::uint16_t port) {
        if (!ssl_) return false;
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

    /// On a connected socket, once the server is known.
    [[nodiscard]] asio::awaitable<error_code> handshake() {
        if (!is_open()) co_return asio::error::make_error_code(asio::error::operation_aborted);
        if (const auto error = begin()) co_return error;
        std::array<char, 4096> bytes;
        while (true) {
            forget_errors();
            const int got = ::SSL_do_handshake(ssl());
            if (got == 1) co_return error_code();
            const int reason = ::SSL_get_error(ssl(), got);
            error_code error;
            if (reason == SSL_ERROR_WANT_READ)
                error = co_await receive(bytes);
            else if (reason == SSL_ERROR_WANT_WRITE)
                error = co_await writable();
            else
                error = fault_of(reason);
            if (!error && !is_open()) error = asio::error::make_error_code(asio::error::operation_aborted);
            if (error) co_return error;
        }
    }

    /// X509_V_OK, or what is wrong with the peer's certificate.
    [[nodiscard]] long verification() noexcept {
        return ssl_ ? ::SSL_get_verify_result(ssl()) : X509_V_ERR_OUT_OF_MEM;
    }

    [[nodiscard]] asio::awaitable<expected<std::size_t, error_code>> read_some(
        std::span<char> buffer) override {
        bool received = has_bytes();
        while (true) {
            if (received) {
                const auto size = take_out(buffer);
                if (!size || *size > 0) co_return size;
            }
            const auto error = co_await receive(buffer);
            if (error) co_return unexpected<error_code>(error);
            received = true;
        }
    }

    [[nodiscard]] asio::awaitable<error_code> write_all(std::string_view bytes) override {
        while (true) {
            const auto size = put_in(bytes);
            if (!size) co_return size.error();
            bytes.remove_prefix(*size);
            if (bytes.empty()) co_return error_code();
            const auto error = co_await writable();
            if (error) co_return error;
        }
    }

    /// What was begun and not taken has to be begun again with the same bytes, as OpenSSL asks.
    [[nodiscard]] std::size_t write_at_once(std::string_view bytes) noexcept override {
        return put_in(bytes).value_or(0);
    }

    void read(std::span<char> buffer, std::shared_ptr<io_end> who) override {
        if (!has_bytes()) return receive_for(buffer, std::move(who));
        asio::post(socket_.get_executor(),
                   [this, buffer, who = std::move(who)]() mutable { give(buffer, std::move(who)); });
    }

    void write(std::string_view bytes, std::shared_ptr<io_end> who) override {
        socket_.async_wait(stream_socket::wait_write,
                           [this, bytes, who = std::move(who)](const error_code& error) mutable {
                               const auto size = error ? unexpected<error_code>(error) : put_in(bytes);
                               if (!size) return who->on_written(size.error());
                               if (*size == bytes.size()) return who->on_written({});
                               write(bytes.substr(*size), std::move(who));
                           });
    }

    [[nodiscard]] bool looks_dead() override {
        if (!is_open()) return true;
        // First what came with the last read: a session ticket is taken in here and means nothing, while
        // data or a close_notify end the connection's use.
        if (has_bytes()) {
            char byte = 0;
            forget_errors();
            if (::SSL_peek(ssl(), &byte, 1) > 0 || ::ERR_peek_error() != 0) return true;
        }
        if (::SSL_get_shutdown(ssl()) != 0) return true;
        return has_something_to_read(socket_.native_handle());
    }

    void close() noexcept override {
        error_code ignored;
        socket_.close(ignored);
    }

    [[nodiscard]] bool is_open() const noexcept override { return socket_.is_open(); }

 private:
    [[nodiscard]] SSL* ssl() noexcept { return ssl_.get(); }

    [[nodiscard]] error_code begin() {
        BIO* const received = ::BIO_new(::BIO_s_mem());
        BIO* const sent = ::BIO_new_socket(socket_.native_handle(), BIO_NOCLOSE);
        if (received == nullptr || sent == nullptr) {
            ::BIO_free(received);
            ::BIO_free(sent);
            return asio::error::make_error_code(asio::error::no_memory);
        }
        received_ = received;
        ::SSL_set_bio(ssl(), received, sent);
        ::SSL_set_connect_state(ssl());
        error_code error;
        socket_.native_non_blocking(true, error);
        return error;
    }

    /// Bytes from the peer into `buffer`, and from there to OpenSSL.
    [[nodiscard]] asio::awaitable<error_code> receive(std::span<char> buffer) {
        const auto [error, size] =
            co_await socket_.async_read_some(asio::buffer(buffer.data(), buffer.size()), as_value);
        if (!error) hand_over(buffer.first(size));
        co_return error;
    }

    void receive_for(std::span<char> buffer, std::shared_ptr<io_end> who) {
        socket_.async_read_some(
            asio::buffer(buffer.data(), buffer.size()),
            [this, buffer, who = std::move(who)](const error_code& error, std::size_t size) mutable {
                if (error) return who->on_read(error, 0);
                hand_over(buffer.first(size));
                give(buffer, std::move(who));
            });
    }

    /// What was received, or more of it where that is not enough for a byte.
    void give(std::span<char> buffer, std::shared_ptr<io_end> who) {
        const auto size = take_out(buffer);
        if (!size) return who->on_read(size.error(), 0);
        if (*size > 0) return who->on_read({}, *size);
        receive_for(buffer, std::move(who));
    }

    [[nodiscard]] asio::awaitable<error_code> writable() {
        const auto [error] = co_await socket_.async_wait(stream_socket::wait_write, as_value);
        co_return error;
    }

    /// A memory BIO takes all that it is given.
    void hand_over(std::span<const char> bytes) noexcept {
        ::BIO_write(received_, bytes.data(), static_cast<int>(bytes.size()));
    }

    [[nodiscard]] bool has_bytes() noexcept {
        return ::SSL_has_pending(ssl()) == 1 || ::BIO_ctrl_pending(received_) > 0;
    }

    /// 0: more has to be received first.
    [[nodiscard]] expected<std::size_t, error_code> take_out(std::span<char> buffer) noexcept {
        if (!is_open()) return closed();
        std::size_t size = 0;
        forget_errors();
        const int got = ::SSL_read_ex(ssl(), buffer.data(), buffer.size(), &size);
        if (got == 1) return size;
        return size_or_fault(got);
    }

    /// Gives how many of them the socket took.
    [[nodiscard]] expected<std::size_t, error_code> put_in(std::string_view bytes) noexcept {
        if (bytes.empty()) return 0;
        if (!is_open()) return closed();
        std::size_t size = 0;
        forget_errors();
        const int got = ::SSL_write_ex(ssl(), bytes.data(), bytes.size(), &size);
        if (got == 1) return size;
        return size_or_fault(got);
    }

    /// 0 where it has to wait.
    [[nodiscard]] expected<std::size_t, error_code> size_or_fault(int got) noexcept {
        const int reason = ::SSL_get_error(ssl(), got);
        if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) return 0;
        return unexpected<error_code>(fault_of(reason));
    }

    /// Once it is closed, the number may be another connection's: then OpenSSL must not be asked any more.
    [[nodiscard]] static unexpected<error_code> closed() noexcept {
        return unexpected<error_code>(asio::error::make_error_code(asio::error::not_connected));
    }

    [[nodiscard]] static error_code fault_of(int reason) noexcept {
        if (reason == SSL_ERROR_ZERO_RETURN) return asio::error::make_error_code(asio::error::eof);
        if (const unsigned long first = ::ERR_get_error(); first != 0)
            return {static_cast<int>(first), asio::error::get_ssl_category()};
        if (reason == SSL_ERROR_SYSCALL && errno != 0) return {errno, boost::system::system_category()};
        return asio::error::make_error_code(asio::error::connection_reset);
    }

    std::shared_ptr<tls_context> context_;
    stream_socket socket_;
    std::unique_ptr<SSL, free_ssl> ssl_;
    BIO* received_ = nullptr;  ///< of `ssl_`: what came from the peer and OpenSSL has not read
};

std::string describe(const error_code& error, long verification, const std::string& server) {
    if (verification == X509_V_OK) {
        if (error == asio::error::eof) return server + " closed the connection during the TLS handshake";
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
