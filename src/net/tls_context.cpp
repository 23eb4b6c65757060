#include "openssl_error.h"

#include <postrider/net/tls_context.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <list>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace postrider::net {
namespace {

constexpr std::size_t most_sessions = 1000;
/// A resumed session is not verified again, so a certificate that ran out or was taken back is noticed after
/// this at the latest.
constexpr long longest_session_seconds = 3600;

struct session_deleter {
    void operator()(SSL_SESSION* session) const noexcept { ::SSL_SESSION_free(session); }
};
using session_ptr = std::unique_ptr<SSL_SESSION, session_deleter>;

struct context_deleter {
    void operator()(SSL_CTX* context) const noexcept { ::SSL_CTX_free(context); }
};

/// The newest session of each server; the one that was stored longest ago goes first.
class session_cache {
 public:
    void store(const std::string& server, session_ptr session) {
        drop(server);
        if (by_server_.size() >= most_sessions) drop(std::string(entries_.back().server));
        entries_.push_front(entry(server, std::move(session)));
        by_server_.emplace(server, entries_.begin());
    }

    [[nodiscard]] SSL_SESSION* find(const std::string& server) noexcept {
        const auto found = by_server_.find(server);
        if (found == by_server_.end()) return nullptr;
        SSL_SESSION* const session = found->second->session.get();
        const long age = static_cast<long>(std::time(nullptr)) - ::SSL_SESSION_get_time(session);
        if (age >= 0 && age < longest_session_seconds && ::SSL_SESSION_is_resumable(session) == 1)
            return session;
        drop(server);
        return nullptr;
    }

 private:
    struct entry {
        entry(std::string name, session_ptr kept) : server(std::move(name)), session(std::move(kept)) {}
        std::string server;
        session_ptr session;
    };

    void drop(const std::string& server) noexcept {
        const auto found = by_server_.find(server);
        if (found == by_server_.end()) return;
        entries_.erase(found->second);
        by_server_.erase(found);
    }

    std::list<entry> entries_;
    std::unordered_map<std::string, std::list<entry>::iterator> by_server_;
};

/// What an SSL carries to find its way back to the cache; freed with it.
struct session_owner {
    session_cache* cache;
    std::string server;
};

void free_owner(void*, void* owner, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<session_owner*>(owner);
}

int owner_index() {
    static const int index = ::SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_owner);
    return index;
}

/// TLS 1.3 gives sessions after the handshake, with the first bytes that are read: so by callback.
int take_session(SSL* ssl, SSL_SESSION* session) {
    auto* const owner = static_cast<session_owner*>(::SSL_get_ex_data(ssl, owner_index()));
    if (owner == nullptr) return 0;
    owner->cache->store(owner->server, session_ptr(session));
    return 1;  // the reference is ours
}

/// Keeps OpenSSL from asking for a passphrase at the terminal.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

expected<void, std::string> check_readable(const std::string& key, const std::string& file) {
    if (std::FILE* const opened = std::fopen(file.c_str(), "re")) {
        std::fclose(opened);
        return {};
    }
    return unexpected<std::string>(key + " " + file + ": " + std::generic_category().message(errno));
}

expected<void, std::string> load_authorities(SSL_CTX* context, const std::string& file) {
    if (file.empty()) {
        if (::SSL_CTX_set_default_verify_paths(context) == 1) return {};
        return unexpected<std::string>("the system's certificate authorities: " + openssl_reason());
    }
    if (auto readable = check_readable("ca_file", file); !readable) return readable;
    if (::SSL_CTX_load_verify_file(context, file.c_str()) == 1) return {};
    return unexpected<std::string>("ca_file " + file + ": " + openssl_reason());
}

expected<void, std::string> load_client_certificate(SSL_CTX* context, const tls_settings& settings) {
    const std::string& certificate = settings.client_cert_file;
    const std::string& key = settings.client_key_file.empty() ? certificate : settings.client_key_file;
    if (certificate.empty()) return {};
    if (auto readable = check_readable("client_cert_file", certificate); !readable) return readable;
    if (auto readable = check_readable("client_key_file", key); !readable) return readable;
    if (::SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1)
        return unexpected<std::string>("client_cert_file " + certificate + ": " + openssl_reason());
    if (::SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
        return unexpected<std::string>("client_key_file " + key + ": " + openssl_reason());
    if (::SSL_CTX_check_private_key(context) != 1)
        return unexpected<std::string>("client_key_file " + key + " does not belong to " + certificate);
    return {};
}

/// Of TLS 1.3, AES with 128 bits before the others, as browsers have it: with 256 it takes half as long
/// again. A receiver may still choose, and what the system's policy leaves out stays out.
void prefer_aes_128(SSL_CTX* context) {
    constexpr std::string_view preferred = "TLS_AES_128_GCM_SHA256";
    std::string suites;
    const STACK_OF(SSL_CIPHER)* const known = ::SSL_CTX_get_ciphers(context);
    for (int n = 0; n < sk_SSL_CIPHER_num(known); ++n) {
        const SSL_CIPHER* const suite = sk_SSL_CIPHER_value(known, n);
        const std::string name = ::SSL_CIPHER_get_name(suite);
        if (!name.starts_with("TLS_AES_") && !name.starts_with("TLS_CHACHA20_")) continue;
        if (suites.empty())
            suites = name;
        else
            suites = name == preferred ? name + ':' + suites : suites + ':' + name;
    }
    ::SSL_CTX_set_ciphersuites(context, suites.c_str());
}

class shared_context final : public tls_context {
 public:
    explicit shared_context(SSL_CTX* context) : context_(context) {
        ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
        ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
        ::SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
        ::SSL_CTX_set_read_ahead(context, 1);
        prefer_aes_128(context);
        ::SSL_CTX_set_default_passwd_cb(context, no_passphrase);
        ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        ::SSL_CTX_sess_set_new_cb(context, take_session);
    }

    [[nodiscard]] void* native() noexcept override { return context_.get(); }

    [[nodiscard]] void* session_for(const std::string& server) noexcept override {
        return sessions_.find(server);
    }

    void remember_for(void* ssl, const std::string& server) override {
        auto owner = std::make_unique<session_owner>(&sessions_, server);
        if (::SSL_set_ex_data(static_cast<SSL*>(ssl), owner_index(), owner.get()) == 1)
            static_cast<void>(owner.release());
    }

 private:
    session_cache sessions_;
    std::unique_ptr<SSL_CTX, context_deleter> context_;
};

}  // namespace

expected<std::shared_ptr<tls_context>, std::string> tls_context::make(const tls_settings& settings) {
    ::ERR_clear_error();
    SSL_CTX* const native = ::SSL_CTX_new(::TLS_client_method());
    if (native == nullptr) return unexpected<std::string>("TLS: " + openssl_reason());
    auto made = std::make_shared<shared_context>(native);
    if (auto loaded = load_authorities(native, settings.ca_file); !loaded)
        return unexpected<std::string>(loaded.error());
    if (auto loaded = load_client_certificate(native, settings); !loaded)
        return unexpected<std::string>(loaded.error());
    return made;
}

}  // namespace postrider::net
