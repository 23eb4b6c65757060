#include "openssl_error.h"

#include <postrider/net/server_tls.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string_view>
#include <utility>

namespace postrider::net {
namespace {

struct ssl_deleter {
    void operator()(SSL_CTX* context) const noexcept { ::SSL_CTX_free(context); }
    void operator()(BIO* source) const noexcept { ::BIO_free(source); }
    void operator()(X509* certificate) const noexcept { ::X509_free(certificate); }
    void operator()(EVP_PKEY* key) const noexcept { ::EVP_PKEY_free(key); }
};
using context_ptr = std::unique_ptr<SSL_CTX, ssl_deleter>;
using bio_ptr = std::unique_ptr<BIO, ssl_deleter>;
using certificate_ptr = std::unique_ptr<X509, ssl_deleter>;

using done = expected<void, std::string>;

done failed(const std::string& what) {
    return unexpected<std::string>(what + ": " + openssl_reason());
}

/// OpenSSL would ask for a passphrase on the terminal.
int no_passphrase_for_server(char*, int, int, void*) {
    return 0;
}

bio_ptr memory_of(std::string_view text) {
    return bio_ptr(::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

certificate_ptr next_certificate(BIO* source) {
    return certificate_ptr(::PEM_read_bio_X509(source, nullptr, &no_passphrase_for_server, nullptr));
}

/// Whether a list ended because nothing more stands there.
bool ended_well() noexcept {
    const auto error = ::ERR_peek_last_error();
    const bool well = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    if (well) ::ERR_clear_error();
    return well;
}

done use_certificates(SSL_CTX* context, const std::string& text) {
    const auto source = memory_of(text);
    const auto own = next_certificate(source.get());
    if (!own || ::SSL_CTX_use_certificate(context, own.get()) != 1)
        return failed("the certificate cannot be used");
    while (const auto between = next_certificate(source.get()))
        if (::SSL_CTX_add1_chain_cert(context, between.get()) != 1)
            return failed("a certificate of its chain cannot be used");
    return ended_well() ? done() : failed("a certificate behind the first cannot be read");
}

done use_key(SSL_CTX* context, const secret& text) {
    const auto source = memory_of(text.reveal());
    const std::unique_ptr<EVP_PKEY, ssl_deleter> key(
        ::PEM_read_bio_PrivateKey(source.get(), nullptr, &no_passphrase_for_server, nullptr));
    if (!key || ::SSL_CTX_use_PrivateKey(context, key.get()) != 1) return failed("the key cannot be used");
    if (::SSL_CTX_check_private_key(context) != 1) return failed("the key is of another certificate");
    return {};
}

/// The names of the authorities go to the client with the request for its certificate.
done ask_for_certificates(SSL_CTX* context, const std::string& authorities) {
    const auto source = memory_of(authorities);
    X509_STORE* const store = ::SSL_CTX_get_cert_store(context);
    std::size_t count = 0;
    while (const auto authority = next_certificate(source.get())) {
        if (::X509_STORE_add_cert(store, authority.get()) != 1 ||
            ::SSL_CTX_add_client_CA(context, authority.get()) != 1)
            return failed("a client authority cannot be used");
        ++count;
    }
    if (!ended_well() || count == 0) return failed("a client authority cannot be read");
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
}

/// HTTP/1.1 is all that is spoken here: who offers protocols and not that one must not go on in another (as
/// in ALPACA). Who offers none is answered as ever.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_length, void*) {
    static constexpr unsigned char known[] = "\x08http/1.1";
    unsigned char* found = nullptr;
    if (::SSL_select_next_proto(&found, length, known, sizeof(known) - 1, offered, offered_length) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

bool restrict_protocol(SSL_CTX* context) {
    ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                       SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                       // HTTP frames its messages itself, and a client that half-closes, or
                                       // is too slow, is to get its answer.
                                       SSL_OP_IGNORE_UNEXPECTED_EOF);
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // A record's header and what follows it with one call.
    ::SSL_CTX_set_read_ahead(context, 1);
    ::SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
    return ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           ::SSL_CTX_set_num_tickets(context, 0) == 1 && ::SSL_CTX_set_max_early_data(context, 0) == 1 &&
           // Of TLS 1.2: those of TLS 1.3 are all of this kind.
           ::SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
}

class made_server_tls final : public server_tls {
 public:
    explicit made_server_tls(context_ptr context) : context_(std::move(context)) {}
    [[nodiscard]] void* native() const noexcept override { return context_.get(); }

 private:
    context_ptr context_;
};

}  // namespace

expected<std::shared_ptr<const server_tls>, std::string> server_tls::make(const server_identity& identity) {
    ::ERR_clear_error();
    context_ptr context(::SSL_CTX_new(::TLS_server_method()));
    if (!context || !restrict_protocol(context.get()))
        return unexpected<std::string>("TLS: " + openssl_reason());
    for (const auto& step :
         {use_certificates(context.get(), identity.certificates), use_key(context.get(), identity.key),
          identity.client_authorities.empty()
              ? done()
              : ask_for_certificates(context.get(), identity.client_authorities)})
        if (!step) return unexpected<std::string>(step.error());
    return std::make_shared<const made_server_tls>(std::move(context));
}

}  // namespace postrider::net
