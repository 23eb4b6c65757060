#include "socket_name.h"

#include <postrider/base/ascii.h>
#include <postrider/net/interfaces.h>

#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <string>

namespace postrider::net {
namespace {

// getifaddrs would do all of this over AF_NETLINK, which the service has no other use for: its unit denies
// it.

/// The addresses of IPv4; false: the kernel does not tell.
bool add_ipv4(std::vector<ip_address>& to) {
    const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return false;
    ifconf asked{};  // without room it gives the size
    bool told = ::ioctl(descriptor, SIOCGIFCONF, &asked) == 0;
    // Some may be added before the second question.
    std::vector<ifreq> found(static_cast<std::size_t>(asked.ifc_len) / sizeof(ifreq) + 64);
    asked.ifc_len = static_cast<int>(found.size() * sizeof(ifreq));
    asked.ifc_req = found.data();
    told = told && ::ioctl(descriptor, SIOCGIFCONF, &asked) == 0;
    ::close(descriptor);
    found.resize(told ? static_cast<std::size_t>(asked.ifc_len) / sizeof(ifreq) : 0);
    for (const ifreq& each : found) {
        sockaddr_storage storage{};
        std::memcpy(&storage, &each.ifr_addr, sizeof(each.ifr_addr));
        if (storage.ss_family == AF_INET) to.push_back(address_of(storage));
    }
    return told;
}

/// 32 hexadecimal digits.
std::optional<ip_address> read_ipv6(std::string_view digits) {
    ip_address address;
    address.v6 = true;
    if (digits.size() != 2 * address.bytes.size() || !std::ranges::all_of(digits, ascii::is_hex_digit))
        return std::nullopt;
    for (std::size_t i = 0; i < address.bytes.size(); ++i)
        std::from_chars(digits.data() + 2 * i, digits.data() + 2 * i + 2, address.bytes[i], 16);
    return address;
}

/// A kernel without IPv6 has no such file, and no such addresses.
void add_ipv6(std::vector<ip_address>& to) {
    std::ifstream file("/proc/self/net/if_inet6");
    for (std::string line; std::getline(file, line);)
        if (const auto address = read_ipv6(std::string_view(line).substr(0, line.find(' '))))
            to.push_back(*address);
}

}  // namespace

std::optional<std::vector<ip_address>> machine_addresses() {
    std::vector<ip_address> all;
    if (!add_ipv4(all)) return std::nullopt;
    add_ipv6(all);
    std::ranges::sort(all);
    const auto twice = std::ranges::unique(all);
    all.erase(twice.begin(), twice.end());
    return all;
}

}  // namespace postrider::net
