#pragma once

#include <postrider/event/address.h>

#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace postrider::net {

/// An address and port as the kernel takes it.
struct socket_name {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

[[nodiscard]] socket_name to_socket_name(const ip_address& address, std::uint16_t port) noexcept;

/// IPv4-mapped addresses, as a dual-stack listener sees its IPv4 peers, come out as IPv4.
[[nodiscard]] ip_address address_of(const sockaddr_storage& storage) noexcept;
/// As it stands there, IPv4-mapped ones included.
[[nodiscard]] ip_address exact_address_of(const sockaddr_storage& storage) noexcept;
[[nodiscard]] std::uint16_t port_of(const sockaddr_storage& storage) noexcept;

/// "127.0.0.1:80" or "[::1]:80".
[[nodiscard]] std::string to_text(const ip_address& address, std::uint16_t port);

}  // namespace postrider::net
