#include "crypto.h"

#include <postrider/base/encoding.h>
#include <postrider/sign/hmac.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <memory>

namespace postrider::sign {

namespace {

struct mac_free {
    void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
};

struct context_free {
    void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};

/// Kept by each thread: making one costs several signatures.
struct signer {
    std::unique_ptr<EVP_MAC_CTX, context_free> context;

    [[nodiscard]] static EVP_MAC_CTX* of_this_thread() {
        thread_local const signer kept;
        return kept.context.get();
    }

    signer() {
        static const std::unique_ptr<EVP_MAC, mac_free> shared(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
        context.reset(EVP_MAC_CTX_new(shared.get()));
        require(context != nullptr, "EVP_MAC_CTX_new");
        char algorithm[] = "SHA256";
        const OSSL_PARAM settings[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, algorithm, 0),
                                       OSSL_PARAM_construct_end()};
        require(EVP_MAC_CTX_set_params(context.get(), settings), "EVP_MAC_CTX_set_params");
    }
};

void set_key(EVP_MAC_CTX* context, std::string_view key) {
    require(EVP_MAC_init(context, bytes_of(key).data(), key.size(), nullptr), "EVP_MAC_init");
}

}  // namespace

hmac_sha256::hmac_sha256(std::string_view key) : key_(key.begin(), key.end()) {
    // Filled up with zeros it is the same key, and for the library no key at all means the one before.
    if (key_.empty()) key_.push_back('\0');
}

hmac_sha256::~hmac_sha256() {
    OPENSSL_cleanse(key_.data(), key_.size());
}

hmac_sha256::digest hmac_sha256::compute(std::initializer_list<std::string_view> parts) const {
    EVP_MAC_CTX* const context = signer::of_this_thread();
    set_key(context, {key_.data(), key_.size()});
    for (const auto part : parts) {
        require(EVP_MAC_update(context, bytes_of(part).data(), part.size()), "EVP_MAC_update");
    }
    digest result{};
    std::size_t size = 0;
    require(EVP_MAC_final(context, result.data(), &size, result.size()), "EVP_MAC_final");
    return result;
}

/// The library wipes the one before.
void forget_last_key() {
    set_key(signer::of_this_thread(), {"", 1});
}

}  // namespace postrider::sign
