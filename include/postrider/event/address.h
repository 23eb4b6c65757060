#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// An IP address as a value, free of any socket library. IPv4 is kept in the first four bytes.
struct ip_address {
    bool v6 = false;
    std::array<std::uint8_t, 16> bytes{};

    /// As inet_pton takes it; no zone, no brackets, no octal, hexadecimal or short forms.
    [[nodiscard]] static std::optional<ip_address> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] auto operator<=>(const ip_address&) const = default;
};

/// A range of addresses: "10.0.0.0/8" or "2001:db8::/32".
struct cidr {
    ip_address base;
    std::uint8_t prefix = 0;  ///< 0 to 32 or 0 to 128

    /// Bits of the address behind the prefix must be zero.
    [[nodiscard]] static std::optional<cidr> parse(std::string_view text);
    [[nodiscard]] bool contains(const ip_address& address) const noexcept;
    [[nodiscard]] bool operator==(const cidr&) const = default;
};

}  // namespace postrider
