#pragma once

#include <cstdint>
#include <string_view>

namespace postrider::redis {

/// How many slots a Cluster has.
inline constexpr std::uint32_t slots = 16384;

/// CRC16 (XMODEM) of a key's hash tag (of the whole key, if it has none) modulo `slots`, as Redis Cluster
/// counts it.
[[nodiscard]] std::uint16_t hash_slot(std::string_view tag) noexcept;

}  // namespace postrider::redis
