#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

using EVP_MD_CTX = struct evp_md_ctx_st;
using EVP_PKEY = struct evp_pkey_st;

namespace postrider::sign {

/// A key of Ed25519. Not thread-safe.
class ed25519_key {
 public:
    static constexpr std::size_t key_bytes = 32;
    static constexpr std::size_t signature_bytes = 64;
    using signature = std::array<std::uint8_t, signature_bytes>;

    /// `seed` has `key_bytes` bytes; the key signs and verifies.
    [[nodiscard]] static ed25519_key from_seed(std::string_view seed);
    /// `point` has `key_bytes` bytes; the key verifies only. Any bytes are taken: under those that are no
    /// point of the curve, no signature is right.
    [[nodiscard]] static ed25519_key from_public(std::string_view point);

    [[nodiscard]] std::string public_bytes() const;
    [[nodiscard]] signature sign(std::string_view text);
    [[nodiscard]] bool verify(std::string_view text, std::string_view claimed);

 private:
    struct key_free {
        void operator()(EVP_PKEY* key) const noexcept;
    };
    struct context_free {
        void operator()(EVP_MD_CTX* context) const noexcept;
    };
    explicit ed25519_key(EVP_PKEY* key);

    std::unique_ptr<EVP_PKEY, key_free> key_;
    std::unique_ptr<EVP_MD_CTX, context_free> context_;
};

}  // namespace postrider::sign
