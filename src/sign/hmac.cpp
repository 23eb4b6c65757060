#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>
#include <postrider/sign/hmac.h>

#include <openssl/crypto.h>

#include <algorithm>

namespace postrider::sign {

namespace {

constexpr std::uint8_t inner_pad = 0x36;
constexpr std::uint8_t outer_pad = 0x5c;

}  // namespace

/// A key that is longer than a block stands for its digest, as RFC 2104 says.
hmac_sha256::hmac_sha256(std::string_view key) {
    if (key.size() <= key_.size()) {
        std::ranges::copy(bytes_of(key), key_.begin());
    } else {
        auto digest = sha256({key});
        std::ranges::copy(digest, key_.begin());
        OPENSSL_cleanse(digest.data(), digest.size());
    }
}

hmac_sha256::~hmac_sha256() {
    OPENSSL_cleanse(key_.data(), key_.size());
}

/// The crypto library's own HMAC takes more time around the digests than the digests of a small event.
hmac_sha256::digest hmac_sha256::compute(std::initializer_list<std::string_view> parts) const {
    block padded = key_;
    const std::string_view text(reinterpret_cast<const char*>(padded.data()), padded.size());
    for (auto& byte : padded)
        byte ^= inner_pad;
    const digest inner = sha256(text, parts);
    for (auto& byte : padded)
        byte ^= inner_pad ^ outer_pad;
    const digest outer = sha256({text, {reinterpret_cast<const char*>(inner.data()), inner.size()}});
    OPENSSL_cleanse(padded.data(), padded.size());
    return outer;
}

}  // namespace postrider::sign
