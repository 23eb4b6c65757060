#include "socket_name.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
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

ip_address exact_address_of(const sockaddr_storage& storage) noexcept {
    ip_address address;
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &storage, sizeof(v6));
        address.v6 = true;
        std::copy_n(v6.sin6_addr.s6_addr, 16, address.bytes.begin());
    } else if (storage.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &storage, sizeof(v4));
        std::memcpy(address.bytes.data(), &v4.sin_addr, sizeof(v4.sin_addr));
    }
    return address;
}

ip_address address_of(const sockaddr_storage& storage) noexcept {
    static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const ip_address exact = exact_address_of(storage);
    if (!exact.v6 || !std::equal(mapped.begin(), mapped.end(), exact.bytes.begin())) return exact;
    ip_address inner;
    std::copy_n(exact.bytes.begin() + mapped.size(), 4, inner.bytes.begin());
    return inner;
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
