#pragma once

#include <postrider/base/expected.h>
#include <postrider/base/secret.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace postrider::sign {

constexpr std::string_view hmac_prefix = "whsec_";
constexpr std::string_view private_prefix = "whsk_";
constexpr std::string_view public_prefix = "whpk_";

enum class key_kind : std::uint8_t { hmac, ed25519_private, ed25519_public };

/// What the text of a key of Standard Webhooks stands for.
struct key_material {
    key_kind kind = key_kind::hmac;
    secret bytes;  ///< HMAC key of 24 to 64 bytes, seed of 32, or public key of 32
};

/// Reads `whsec_…`, `whsk_…` (a public half must belong to the seed) and `whpk_…`. The error says what is
/// allowed and never shows any of the text.
[[nodiscard]] expected<key_material, std::string> parse_key(const secret& text);

}  // namespace postrider::sign
