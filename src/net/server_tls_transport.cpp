#include "as_value.h"
#include "openssl_error.h"
#include "plain_transport.h"

#include <postrider/net/server_tls.h>

#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

namespace postrider::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using waiting_for = stream_socket::wait_type;

struct free_ssl {
    void operator()(SSL* ssl) const noexcept { ::SSL_free(ssl); }
};

/// OpenSSL works on the descriptor itself and asio only says when it is worth while. So a connection has no
/// buffers of its own beside OpenSSL's, which are given back whenever it waits: ten thousand idle connections
/// would otherwise hold hundreds of megabytes.
class server_tls_transport final : public accepted_tls {
 public:
    server_tls_transport(stream_socket socket, std::shared_ptr<const server_tls> tls)
        : tls_(std::move(tls)), socket_(std::move(socket)) {}
    ~server_tls_transport() override { close_now(); }
    server_tls_transport(const server_tls_transport&) = delete;
    server_tls_transport& operator=(const server_tls_transport&) = delete;

    [[nodiscard]] asio::awaitable<handshake_fault> handshake() override {
        // Who only connects has made us allocate next to nothing.
        auto error = co_await wait(waiting_for::wait_read);
        if (error || !begin()) co_return handshake_fault::closed;
        while (true) {
            forget_errors();
            const int got = ::SSL_accept(ssl_.get());
            if (got == 1) break;
            const auto next = what_it_waits_for(got);
            if (!next) co_return give_up();
            error = co_await wait(*next);
            if (error || !is_open()) co_return handshake_fault::protocol;
        }
        established_ = true;
        co_return handshake_fault::none;
    }

    [[nodiscard]] asio::awaitable<expected<std::size_t, error_code>> read_some(
        std::span<char> buffer) override {
        bool waited = false;
        while (usable()) {
            std::size_t size = 0;
            forget_errors();
            const int got = ::SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &size);
            if (got == 1) {
                // A client that is always ready must not keep the shard to itself.
                if (!waited) co_await asio::post(socket_.get_executor(), asio::deferred);
                co_return size;
            }
            const auto next = what_it_waits_for(got);
            if (!next) co_return unexpected<error_code>(end_of(got));
            if (const auto error = co_await wait(*next)) co_return unexpected<error_code>(error);
            waited = true;
        }
        co_return unexpected<error_code>(asio::error::make_error_code(asio::error::not_connected));
    }

    [[nodiscard]] asio::awaitable<error_code> write_all(std::string_view bytes) override {
        while (!bytes.empty()) {
            if (!usable()) co_return asio::error::make_error_code(asio::error::not_connected);
            std::size_t size = 0;
            forget_errors();
            const int got = ::SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
            if (got == 1) {
                bytes.remove_prefix(size);
                continue;
            }
            const auto next = what_it_waits_for(got);
            if (!next) co_return end_of(got);
            if (const auto error = co_await wait(*next)) co_return error;
        }
        co_return error_code();
    }

    [[nodiscard]] std::size_t write_at_once(std::string_view bytes) noexcept override {
        if (!usable()) return 0;
        std::size_t size = 0;
        forget_errors();
        // What was begun and not taken is begun again with the same bytes, as OpenSSL asks.
        if (::SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size) != 1) return 0;
        return size;
    }

    void end_writing() noexcept override {
        if (!is_open()) return;
        say_goodbye();
        ::shutdown(socket_.native_handle(), SHUT_WR);
    }

    [[nodiscard]] bool looks_dead() override {
        return !is_open() || has_something_to_read(socket_.native_handle());
    }
    void close() noexcept override { close_now(); }
    [[nodiscard]] bool is_open() const noexcept override { return socket_.is_open(); }

 private:
    /// Once closed, the number may be another connection's: then OpenSSL must not be asked any more.
    [[nodiscard]] bool usable() const noexcept { return established_ && is_open(); }

    [[nodiscard]] bool begin() noexcept {
        if (!is_open()) return false;
        ssl_.reset(::SSL_new(static_cast<SSL_CTX*>(tls_->native())));
        return ssl_ && ::SSL_set_fd(ssl_.get(), socket_.native_handle()) == 1;
    }

    [[nodiscard]] asio::awaitable<error_code> wait(waiting_for what) {
        const auto [error] = co_await socket_.async_wait(what, as_value);
        co_return error;
    }

    /// Nothing: it failed, and nothing of it may be used again.
    [[nodiscard]] std::optional<waiting_for> what_it_waits_for(int got) noexcept {
        switch (::SSL_get_error(ssl_.get(), got)) {
            case SSL_ERROR_WANT_READ:
                return waiting_for::wait_read;
            case SSL_ERROR_WANT_WRITE:
                return waiting_for::wait_write;
            case SSL_ERROR_ZERO_RETURN:
                return std::nullopt;
            default:
                broken_ = true;
                return std::nullopt;
        }
    }

    [[nodiscard]] error_code end_of(int got) const noexcept {
        if (::SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN)
            return asio::error::make_error_code(asio::error::eof);
        return asio::error::make_error_code(asio::error::connection_reset);
    }

    [[nodiscard]] handshake_fault give_up() noexcept {
        const auto reason = ERR_GET_REASON(::ERR_peek_last_error());
        const bool silent = ::BIO_number_read(::SSL_get_rbio(ssl_.get())) == 0;
        drop_what_came();
        if (::SSL_get_verify_result(ssl_.get()) != X509_V_OK ||
            reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
            return handshake_fault::client_certificate;
        return silent ? handshake_fault::closed : handshake_fault::protocol;
    }

    /// Bytes that nobody read would make the kernel send a reset, which may overtake the alert that says why.
    void drop_what_came() noexcept {
        constexpr int most_reads = 16;
        std::array<char, 4096> bytes;
        for (int n = 0; n < most_reads; ++n)
            if (::recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT) <= 0) break;
        ::shutdown(socket_.native_handle(), SHUT_WR);
    }

    /// At most one record, if the socket takes it: nobody waits for it.
    void say_goodbye() noexcept {
        if (!usable() || broken_) return;
        forget_errors();
        (void)::SSL_shutdown(ssl_.get());
        forget_errors();
    }

    void close_now() noexcept {
        if (!is_open()) return;
        say_goodbye();
        error_code ignored;
        socket_.close(ignored);
    }

    std::shared_ptr<const server_tls> tls_;
    stream_socket socket_;
    std::unique_ptr<SSL, free_ssl> ssl_;  ///< once the client has spoken
    bool established_ = false;
    bool broken_ = false;
};

}  // namespace

std::unique_ptr<accepted_tls> adopt_tls(const asio::any_io_executor& executor, int descriptor, bool v6,
                                        std::shared_ptr<const server_tls> tls) {
    return std::make_unique<server_tls_transport>(adopt_socket(executor, descriptor, v6), std::move(tls));
}

}  // namespace postrider::net
