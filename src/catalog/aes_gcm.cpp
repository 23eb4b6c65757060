#include "aes_gcm.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

namespace postrider::catalog {

namespace {

struct context_free {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using cipher_ptr = std::unique_ptr<EVP_CIPHER_CTX, context_free>;

const std::uint8_t* bytes(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}
std::uint8_t* bytes(std::string& text) {
    return reinterpret_cast<std::uint8_t*>(text.data());
}

/// Lengths are bounded by the API's body; a longer text would be a bug.
int length(std::string_view text) {
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw std::length_error("a text too long to be sealed");
    return static_cast<int>(text.size());
}

/// Out of memory or a broken installation: the inputs were checked.
void require(int returned, const char* call) {
    if (returned != 1) throw std::runtime_error(std::string(call) + " failed");
}

cipher_ptr begin(const secret& key, const std::uint8_t* nonce, bool encrypts, std::string_view bound) {
    cipher_ptr context(EVP_CIPHER_CTX_new());
    if (!context) throw std::bad_alloc();
    require(EVP_CipherInit_ex2(context.get(), EVP_aes_256_gcm(), bytes(key.reveal()), nonce, encrypts ? 1 : 0,
                               nullptr),
            "EVP_CipherInit_ex2");
    int taken = 0;
    if (!bound.empty())
        require(EVP_CipherUpdate(context.get(), nullptr, &taken, bytes(bound), length(bound)),
                "EVP_CipherUpdate");
    return context;
}

}  // namespace

std::string encrypt_gcm(const secret& key, const gcm_nonce& nonce, std::string_view bound,
                        std::string_view text) {
    const cipher_ptr context = begin(key, nonce.data(), true, bound);
    std::string out(text.size() + gcm_tag_bytes, '\0');
    int written = 0;
    if (!text.empty())
        require(EVP_CipherUpdate(context.get(), bytes(out), &written, bytes(text), length(text)),
                "EVP_CipherUpdate");
    std::uint8_t* end = bytes(out) + text.size();
    require(EVP_CipherFinal_ex(context.get(), end, &written), "EVP_CipherFinal_ex");
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, gcm_tag_bytes, end),
            "EVP_CIPHER_CTX_ctrl");
    return out;
}

std::optional<secret> decrypt_gcm(const secret& key, std::span<const std::uint8_t> nonce,
                                  std::string_view bound, std::string_view encrypted) {
    if (nonce.size() != gcm_nonce_bytes || encrypted.size() < gcm_tag_bytes) return std::nullopt;
    const cipher_ptr context = begin(key, nonce.data(), false, bound);
    const std::string_view body = encrypted.substr(0, encrypted.size() - gcm_tag_bytes);
    std::string tag(encrypted.substr(body.size()));
    std::string text(body.size(), '\0');
    int written = 0;
    if (!body.empty())
        require(EVP_CipherUpdate(context.get(), bytes(text), &written, bytes(body), length(body)),
                "EVP_CipherUpdate");
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, gcm_tag_bytes, tag.data()),
            "EVP_CIPHER_CTX_ctrl");
    std::uint8_t rest[EVP_MAX_BLOCK_LENGTH];
    const bool genuine = EVP_CipherFinal_ex(context.get(), rest, &written) == 1;
    secret opened(std::move(text));  // wiped also when it is not handed out
    if (!genuine) return std::nullopt;
    return opened;
}

}  // namespace postrider::catalog
