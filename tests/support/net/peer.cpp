#include "peer.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>

namespace postrider::test {
namespace {

struct bio_deleter {
    void operator()(BIO* bio) const noexcept { ::BIO_free(bio); }
};
using bio_ptr = std::unique_ptr<BIO, bio_deleter>;

bio_ptr reader(const std::string& pem) {
    return bio_ptr(::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

X509* read_certificate(const std::string& pem) {
    X509* const read = ::PEM_read_bio_X509(reader(pem).get(), nullptr, nullptr, nullptr);
    if (read == nullptr) throw std::runtime_error("not a certificate");
    return read;
}

void trust(SSL_CTX* context, const std::string& authority_pem) {
    X509* const authority = read_certificate(authority_pem);
    ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context), authority);
    ::X509_free(authority);
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

std::size_t content_length(std::string_view head) {
    static constexpr std::string_view name = "\r\nContent-Length: ";
    const auto found = head.find(name);
    std::size_t length = 0;
    if (found != std::string_view::npos)
        std::from_chars(head.data() + found + name.size(), head.data() + head.size(), length);
    return length;
}

}  // namespace

std::shared_ptr<SSL_CTX> tls_server::make_context() const {
    std::shared_ptr<SSL_CTX> context(::SSL_CTX_new(::TLS_server_method()), ::SSL_CTX_free);
    X509* const certificate = read_certificate(own.pem);
    EVP_PKEY* const key = ::PEM_read_bio_PrivateKey(reader(own.key_pem).get(), nullptr, nullptr, nullptr);
    ::SSL_CTX_use_certificate(context.get(), certificate);
    ::SSL_CTX_use_PrivateKey(context.get(), key);
    ::X509_free(certificate);
    ::EVP_PKEY_free(key);
    // Debian's default security level refuses versions before 1.2 by itself.
    if (most_version < TLS1_2_VERSION) ::SSL_CTX_set_security_level(context.get(), 0);
    ::SSL_CTX_set_min_proto_version(context.get(), least_version);
    ::SSL_CTX_set_max_proto_version(context.get(), most_version);
    ::SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("test"), 4);
    if (!client_authority_pem.empty()) trust(context.get(), client_authority_pem);
    return context;
}

peer::peer(int descriptor, std::shared_ptr<SSL_CTX> context)
    : descriptor_(descriptor), ssl_(context ? ::SSL_new(context.get()) : nullptr, ::SSL_free) {
    if (ssl_) ::SSL_set_fd(ssl_.get(), descriptor);
}

peer::~peer() {
    close();
    ::close(descriptor_);
}

bool peer::handshake() {
    return !ssl_ || ::SSL_accept(ssl_.get()) == 1;
}

bool peer::receive() {
    char bytes[16384];
    const ssize_t got =
        ssl_ ? ::SSL_read(ssl_.get(), bytes, sizeof(bytes)) : ::recv(descriptor_, bytes, sizeof(bytes), 0);
    if (got <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(got));
    return true;
}

std::optional<std::string> peer::read_head() {
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n", taken_)) == std::string::npos)
        if (!receive()) return std::nullopt;
    end += 4;
    std::string head = received_.substr(taken_, end - taken_);
    taken_ = end;
    return head;
}

std::optional<std::string> peer::read_request() {
    auto request = read_head();
    if (!request) return std::nullopt;
    const std::size_t length = content_length(*request);
    while (received_.size() - taken_ < length)
        if (!receive()) return std::nullopt;
    request->append(received_, taken_, length);
    taken_ += length;
    return request;
}

bool peer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ssl_ ? ::SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                  : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void peer::wait_for_end() {
    while (receive()) {
    }
}

void peer::close() {
    ::shutdown(descriptor_, SHUT_RDWR);
}

void peer::reset() {
    // Connecting to nowhere drops a TCP connection with an RST, and keeps the descriptor's number ours.
    sockaddr nowhere{};
    nowhere.sa_family = AF_UNSPEC;
    ::connect(descriptor_, &nowhere, sizeof(nowhere));
}

bool peer::resumed() const noexcept {
    return ssl_ && ::SSL_session_reused(ssl_.get()) == 1;
}

std::string peer::server_name() const {
    const char* const name = ssl_ ? ::SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name) : nullptr;
    return name == nullptr ? "" : name;
}

void peer::interrupt() noexcept {
    ::shutdown(descriptor_, SHUT_RDWR);
}

}  // namespace postrider::test
