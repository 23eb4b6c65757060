#include "tls_client.h"

#include "received_text.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <stdexcept>
#include <utility>

namespace postrider::http {
namespace {

struct freed {
    void operator()(BIO* bio) const noexcept { ::BIO_free(bio); }
    void operator()(X509* certificate) const noexcept { ::X509_free(certificate); }
    void operator()(EVP_PKEY* key) const noexcept { ::EVP_PKEY_free(key); }
};
template <typename Thing>
using owned = std::unique_ptr<Thing, freed>;

owned<BIO> memory(const std::string& text) {
    return owned<BIO>(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

void use(SSL_CTX* context, const test::certificate& shown) {
    const owned<X509> certificate(::PEM_read_bio_X509(memory(shown.pem).get(), nullptr, nullptr, nullptr));
    const owned<EVP_PKEY> key(
        ::PEM_read_bio_PrivateKey(memory(shown.key_pem).get(), nullptr, nullptr, nullptr));
    if (::SSL_CTX_use_certificate(context, certificate.get()) != 1 ||
        ::SSL_CTX_use_PrivateKey(context, key.get()) != 1)
        throw std::runtime_error("the client's certificate");
}

}  // namespace

tls_client::tls_client(client plain, const tls_speech& speech)
    : plain_(std::move(plain)), context_(::SSL_CTX_new(::TLS_client_method())) {
    // What is too old for a library of today is what the server must refuse by itself.
    ::SSL_CTX_set_security_level(context_.get(), 0);
    ::SSL_CTX_set_cipher_list(context_.get(), (speech.suites + ":@SECLEVEL=0").c_str());
    ::SSL_CTX_set_min_proto_version(context_.get(), speech.least_version);
    ::SSL_CTX_set_max_proto_version(context_.get(), speech.most_version);
    ::SSL_CTX_set_options(context_.get(), SSL_OP_LEGACY_SERVER_CONNECT);
    if (speech.certificate) use(context_.get(), *speech.certificate);
    ssl_.reset(::SSL_new(context_.get()));
    std::string list;
    for (const auto& one : speech.protocols)
        list.append(1, static_cast<char>(one.size())).append(one);
    if (!list.empty())
        ::SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                              static_cast<unsigned>(list.size()));
    if (speech.resume != nullptr) ::SSL_set_session(ssl_.get(), speech.resume);
    ::SSL_set_fd(ssl_.get(), plain_.descriptor());
}

bool tls_client::handshake() {
    ::ERR_clear_error();
    if (::SSL_connect(ssl_.get()) == 1) return true;
    note_fault();
    return false;
}

void tls_client::send(std::string_view bytes) {
    ::ERR_clear_error();
    if (::SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0) note_fault();
}

bool tls_client::read_some() {
    char bytes[16384];
    ::ERR_clear_error();
    const int size = ::SSL_read(ssl_.get(), bytes, sizeof(bytes));
    if (size <= 0) {
        note_fault();
        return false;
    }
    received_.append(bytes, static_cast<std::size_t>(size));
    return true;
}

std::string tls_client::read_until(std::string_view text) {
    return take_until(received_, text, [this] { return read_some(); });
}

std::string tls_client::read_to_end() {
    return take_all(received_, [this] { return read_some(); });
}

bool tls_client::renegotiate() {
    ::ERR_clear_error();
    const bool done = ::SSL_renegotiate(ssl_.get()) == 1 && ::SSL_do_handshake(ssl_.get()) == 1;
    if (!done) note_fault();
    return done;
}

void tls_client::note_fault() {
    const char* const reason = ::ERR_reason_error_string(::ERR_peek_last_error());
    fault_ = reason == nullptr ? "closed" : reason;
}

bool tls_client::closed_in_order() const noexcept {
    return (::SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string tls_client::server_certificate() const {
    const owned<X509> certificate(::SSL_get1_peer_certificate(ssl_.get()));
    const owned<BIO> out(::BIO_new(::BIO_s_mem()));
    ::PEM_write_bio_X509(out.get(), certificate.get());
    char* bytes = nullptr;
    const long size = ::BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

int tls_client::certificates() const {
    return sk_X509_num(::SSL_get_peer_cert_chain(ssl_.get()));
}

std::string tls_client::protocol() const {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    ::SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
    return {reinterpret_cast<const char*>(chosen), size};
}

SSL_SESSION* tls_client::session() const {
    return ::SSL_get1_session(ssl_.get());
}

bool tls_client::resumed() const {
    return ::SSL_session_reused(ssl_.get()) == 1;
}

}  // namespace postrider::http
