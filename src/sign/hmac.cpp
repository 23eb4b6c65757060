#include "crypto.h"

#include <postrider/base/encoding.h>
#include <postrider/sign/hmac.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

namespace postrider::sign {

namespace {

struct mac_free {
    void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
};

}  // namespace

void hmac_sha256::context_free::operator()(EVP_MAC_CTX* context) const noexcept {
    EVP_MAC_CTX_free(context);
}

hmac_sha256::hmac_sha256(std::string_view key) {
    const std::unique_ptr<EVP_MAC, mac_free> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    context_.reset(EVP_MAC_CTX_new(mac.get()));
    require(context_ != nullptr, "EVP_MAC_CTX_new");
    char algorithm[] = "SHA256";
    const OSSL_PARAM settings[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, algorithm, 0),
                                   OSSL_PARAM_construct_end()};
    require(EVP_MAC_init(context_.get(), bytes_of(key).data(), key.size(), settings), "EVP_MAC_init");
}

hmac_sha256::digest hmac_sha256::compute(std::initializer_list<std::string_view> parts) {
    // Without a key the context starts again under the one that it has.
    require(EVP_MAC_init(context_.get(), nullptr, 0, nullptr), "EVP_MAC_init");
    for (const auto part : parts) {
        require(EVP_MAC_update(context_.get(), bytes_of(part).data(), part.size()), "EVP_MAC_update");
    }
    digest result{};
    std::size_t size = 0;
    require(EVP_MAC_final(context_.get(), result.data(), &size, result.size()), "EVP_MAC_final");
    return result;
}

}  // namespace postrider::sign
