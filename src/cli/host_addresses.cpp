#include "host_addresses.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace postrider::cli {

namespace {

ip_address address_of(const sockaddr* socket_address) {
    ip_address address;
    if (socket_address->sa_family == AF_INET6) {
        sockaddr_in6 in6;
        std::memcpy(&in6, socket_address, sizeof in6);
        address.v6 = true;
        std::memcpy(address.bytes.data(), &in6.sin6_addr, sizeof in6.sin6_addr);
    } else {
        sockaddr_in in4;
        std::memcpy(&in4, socket_address, sizeof in4);
        std::memcpy(address.bytes.data(), &in4.sin_addr, sizeof in4.sin_addr);
    }
    return address;
}

}  // namespace

expected<std::vector<ip_address>, std::string> addresses_of(const http_url& url) {
    if (const auto literal = ip_address::parse(url.host)) return std::vector{*literal};

    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int code = getaddrinfo(url.host.c_str(), nullptr, &hints, &found); code != 0)
        return unexpected<std::string>(gai_strerror(code));
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);

    std::vector<ip_address> addresses;
    for (const auto* entry = found; entry != nullptr; entry = entry->ai_next) {
        const auto address = address_of(entry->ai_addr);
        if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
            addresses.push_back(address);
    }
    return addresses;
}

}  // namespace postrider::cli
