#include "socket_name.h"

#include <postrider/net/interfaces.h>

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace postrider::net {
namespace {

std::size_t size_of_name(int family) noexcept {
    if (family == AF_INET) return sizeof(sockaddr_in);
    return family == AF_INET6 ? sizeof(sockaddr_in6) : 0;
}

}  // namespace

std::optional<std::vector<ip_address>> machine_addresses() {
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return std::nullopt;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owned(first, ::freeifaddrs);
    std::vector<ip_address> all;
    for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
        const std::size_t size = each->ifa_addr == nullptr ? 0 : size_of_name(each->ifa_addr->sa_family);
        if (size == 0) continue;
        sockaddr_storage storage{};
        std::memcpy(&storage, each->ifa_addr, size);
        all.push_back(address_of(storage));
    }
    std::ranges::sort(all);
    const auto twice = std::ranges::unique(all);
    all.erase(twice.begin(), twice.end());
    return all;
}

}  // namespace postrider::net
