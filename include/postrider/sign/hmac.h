#pragma once

#include <postrider/base/digest.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace postrider::sign {

/// HMAC-SHA256 (RFC 2104) under one key, which is all that is kept, wiped at the end. A keyed context of the
/// crypto library for each endpoint would be a kilobyte in 16 pieces, of which none is in the processor's
/// cache where thousands of endpoints take turns.
class hmac_sha256 {
 public:
    using digest = sha256_digest;

    explicit hmac_sha256(std::string_view key);
    hmac_sha256(hmac_sha256&&) = default;
    hmac_sha256& operator=(hmac_sha256&&) = delete;
    ~hmac_sha256();

    /// Over the parts one after another. Nothing of the key is left behind in the thread.
    [[nodiscard]] digest compute(std::initializer_list<std::string_view> parts) const;

 private:
    using block = std::array<std::uint8_t, 64>;

    block key_{};  ///< filled up with zeros
};

}  // namespace postrider::sign
