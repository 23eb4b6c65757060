#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace postrider {

using sha256_digest = std::array<std::uint8_t, 32>;

/// SHA-256 over the parts one after another. Separators are the caller's affair.
[[nodiscard]] sha256_digest sha256(std::initializer_list<std::string_view> parts);
/// The same over `first` and what follows it.
[[nodiscard]] sha256_digest sha256(std::string_view first, std::initializer_list<std::string_view> rest);

/// Compares in a time that depends on the lengths only.
[[nodiscard]] bool equal_constant_time(std::string_view left, std::string_view right) noexcept;

}  // namespace postrider
