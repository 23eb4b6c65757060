#pragma once

#include <postrider/base/secret.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace postrider::catalog {

constexpr std::size_t gcm_nonce_bytes = 12;
constexpr std::size_t gcm_tag_bytes = 16;
using gcm_nonce = std::array<std::uint8_t, gcm_nonce_bytes>;

/// AES-256-GCM: the ciphertext and the tag behind it. The key has 32 bytes.
[[nodiscard]] std::string encrypt_gcm(const secret& key, const gcm_nonce& nonce, std::string_view bound,
                                      std::string_view text);
/// Nothing when key, nonce, bound data or a byte is another than it was encrypted with.
[[nodiscard]] std::optional<secret> decrypt_gcm(const secret& key, std::span<const std::uint8_t> nonce,
                                                std::string_view bound, std::string_view encrypted);

}  // namespace postrider::catalog
