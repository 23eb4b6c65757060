#include "socket_name.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace postrider::net {

socket_name to_socket_name(const ip_address& address, std::uint16_t port) noexcept {
    socket_name name;
    if (address.v6) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::memcpy(&v6.sin6_addr, address.bytes.data(), sizeof(v6.sin6_addr));
        std::memcpy(&name.storage, &v6, sizeof(v6));
        name.size = sizeof(v6);
    } else {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&v4.sin_addr, address.bytes.data(), sizeof(v4.sin_addr));
        std::memcpy(&name.storage, &v4, sizeof(v4));
        name.size = sizeof(v4);
    }
    return name;
}

ip_address address_of(const sockaddr_storage& storage) noexcept {
    ip_address address;
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &storage, sizeof(v6));
        const auto* bytes = v6.sin6_addr.s6_addr;
        address.v6 = !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
        if (address.v6)
            std::copy_n(bytes, 16, address.bytes.begin());
        else
            std::copy_n(bytes + 12, 4, address.bytes.begin());
    } else if (storage.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &storage, sizeof(v4));
        std::memcpy(address.bytes.data(), &v4.sin_addr, sizeof(v4.sin_addr));
    }
    return address;
}

std::uint16_t port_of(const sockaddr_storage& storage) noexcept {
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &storage, sizeof(v6));
        return ntohs(v6.sin6_port);
    }
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof(v4));
    return ntohs(v4.sin_port);
}

std::string to_text(const ip_address& address, std::uint16_t port) {
    const std::string host = address.v6 ? '[' + address.to_string() + ']' : address.to_string();
    return host + ':' + std::to_string(port);
}

}  // namespace postrider::net
