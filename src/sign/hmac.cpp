#include <postrider/base/digest.h>
#include <postrider/sign/hmac.h>

#include <openssl/crypto.h>

#include <algorithm>

namespace postrider::sign {

namespace {

constexpr char inner_pad = 0x36;
constexpr char outer_pad = 0x5c;

/// A block of the digest: the key with every byte changed by `pad`.
class padded_key {
 public:
    padded_key(const std::array<char, 64>& key, char pad) noexcept {
        std::ranges::transform(key, block_.begin(), [pad](char c) { return static_cast<char>(c ^ pad); });
    }
    padded_key(const padded_key&) = delete;
    padded_key& operator=(const padded_key&) = delete;
    ~padded_key() { OPENSSL_cleanse(block_.data(), block_.size()); }
    [[nodiscard]] std::string_view text() const noexcept { return {block_.data(), block_.size()}; }

 private:
    std::array<char, 64> block_;
};

std::string_view text_of(const sha256_digest& digest) noexcept {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

hmac_sha256::hmac_sha256(std::string_view key) {
    if (key.size() <= key_.size()) {
        std::ranges::copy(key, key_.begin());
        return;
    }
    sha256_digest shorter = sha256({key});
    std::ranges::copy(text_of(shorter), key_.begin());
    OPENSSL_cleanse(shorter.data(), shorter.size());
}

hmac_sha256::~hmac_sha256() {
    OPENSSL_cleanse(key_.data(), key_.size());
}

hmac_sha256::digest hmac_sha256::compute(std::initializer_list<std::string_view> parts) const {
    const sha256_digest inner = sha256(padded_key(key_, inner_pad).text(), parts);
    return sha256(padded_key(key_, outer_pad).text(), {text_of(inner)});
}

}  // namespace postrider::sign
