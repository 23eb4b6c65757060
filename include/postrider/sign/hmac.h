#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace postrider::sign {

/// HMAC-SHA256 (RFC 2104) under one key, which is all that is kept: 64 bytes for each endpoint, wiped at the
/// end. A context of the library would spread a kilobyte over 16 pieces, of which none is in the processor's
/// cache where thousands of endpoints take turns; the thread's own digest always is.
class hmac_sha256 {
 public:
    using digest = std::array<std::uint8_t, 32>;

    explicit hmac_sha256(std::string_view key);
    hmac_sha256(const hmac_sha256&) = default;
    hmac_sha256& operator=(const hmac_sha256&) = default;
    ~hmac_sha256();

    /// Over the parts one after another.
    [[nodiscard]] digest compute(std::initializer_list<std::string_view> parts) const;

 private:
    std::array<char, 64> key_{};  ///< filled up with zeros; of a longer key its digest
};

}  // namespace postrider::sign
