#include "ed25519.h"

#include "crypto.h"

#include <postrider/base/encoding.h>

#include <openssl/err.h>
#include <openssl/evp.h>

namespace postrider::sign {

void ed25519_key::key_free::operator()(EVP_PKEY* key) const noexcept {
    EVP_PKEY_free(key);
}
void ed25519_key::context_free::operator()(EVP_MD_CTX* context) const noexcept {
    EVP_MD_CTX_free(context);
}

ed25519_key::ed25519_key(EVP_PKEY* key) : key_(key), context_(EVP_MD_CTX_new()) {
    require(key_ != nullptr, "EVP_PKEY_new_raw_key");
    require(context_ != nullptr, "EVP_MD_CTX_new");
}

ed25519_key ed25519_key::from_seed(std::string_view seed) {
    return ed25519_key(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(seed).data(), seed.size()));
}

ed25519_key ed25519_key::from_public(std::string_view point) {
    return ed25519_key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(point).data(), point.size()));
}

std::string ed25519_key::public_bytes() const {
    std::array<std::uint8_t, key_bytes> bytes{};
    std::size_t size = bytes.size();
    require(EVP_PKEY_get_raw_public_key(key_.get(), bytes.data(), &size), "EVP_PKEY_get_raw_public_key");
    return {bytes.begin(), bytes.end()};
}

ed25519_key::signature ed25519_key::sign(std::string_view text) {
    EVP_MD_CTX_reset(context_.get());
    require(EVP_DigestSignInit(context_.get(), nullptr, nullptr, nullptr, key_.get()), "EVP_DigestSignInit");
    signature result{};
    std::size_t size = result.size();
    require(EVP_DigestSign(context_.get(), result.data(), &size, bytes_of(text).data(), text.size()),
            "EVP_DigestSign");
    return result;
}

bool ed25519_key::verify(std::string_view text, std::string_view claimed) {
    EVP_MD_CTX_reset(context_.get());
    require(EVP_DigestVerifyInit(context_.get(), nullptr, nullptr, nullptr, key_.get()),
            "EVP_DigestVerifyInit");
    const bool right = EVP_DigestVerify(context_.get(), bytes_of(claimed).data(), claimed.size(),
                                        bytes_of(text).data(), text.size()) == 1;
    ERR_clear_error();  // a wrong signature may leave one behind, for the next user of this thread to find
    return right;
}

}  // namespace postrider::sign
