#include <postrider/net/interfaces.h>

#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <net/socket_name.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace postrider::net {
namespace {

TEST(machine_addresses, are_those_of_all_interfaces_each_once) {
    const auto all = machine_addresses();
    ASSERT_TRUE(all);
    EXPECT_NE(std::ranges::find(*all, *ip_address::parse("127.0.0.1")), all->end());
    EXPECT_TRUE(std::ranges::is_sorted(*all));
    EXPECT_EQ(std::ranges::adjacent_find(*all), all->end());
}

/// What the C library finds by another way.
std::vector<ip_address> addresses_by_netlink() {
    std::vector<ip_address> all;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return all;
    for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
        const int family = each->ifa_addr == nullptr ? AF_UNSPEC : each->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        sockaddr_storage storage{};
        std::memcpy(&storage, each->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
        all.push_back(address_of(storage));
    }
    ::freeifaddrs(first);
    std::ranges::sort(all);
    return all;
}

TEST(machine_addresses, are_those_that_the_c_library_knows) {
    const auto all = machine_addresses();
    ASSERT_TRUE(all);
    const auto known = addresses_by_netlink();
    EXPECT_FALSE(known.empty());
    for (const auto& address : known)
        EXPECT_NE(std::ranges::find(*all, address), all->end()) << address.to_string();
}

}  // namespace
}  // namespace postrider::net
