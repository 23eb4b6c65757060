#pragma once

#include <postrider/event/address.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace postrider {
struct endpoint;
}

namespace postrider::guard {

/// Why an address may or may not be dialled; the names are those of logs and metrics.
enum class verdict : std::uint8_t {
    allowed,
    denied_loopback,
    denied_private,
    denied_link_local,
    denied_metadata,  ///< cloud metadata services, also in public space
    denied_reserved,  ///< documentation, benchmarking, multicast, future use, and forms that embed IPv4
    denied_own_listener,
    denied_redis,
};
[[nodiscard]] std::string_view to_string(verdict verdict) noexcept;

/// An address and port of this daemon or of its store.
struct socket_address {
    ip_address address;
    std::uint16_t port = 0;
    [[nodiscard]] bool operator==(const socket_address&) const = default;
};

/// What holds for every endpoint of a daemon.
struct egress_rules {
    std::vector<cidr> allow_cidrs;
    std::vector<socket_address> own_listeners;
    std::vector<ip_address> own_addresses;  ///< of the machine's interfaces; loopback need not be among them
    std::vector<socket_address> redis;
};

/// What may be dialled. `allow_private_network` lifts loopback, private and reserved addresses, never
/// link-local ones, metadata services, Redis or 0.0.0.0/8; a range in `allow_cidrs` lifts those too; nothing
/// lifts the daemon's own listeners. An unspecified listener address, 0.0.0.0 or ::, stands for every address
/// of the machine: loopback and `own_addresses`. So does an address of Redis that is one of them, because a
/// server seldom listens on the one address that it is reached by. Addresses that embed an IPv4 address
/// (mapped, 6to4, NAT64 and their like) are lifted by a range that names them in IPv6, and by nothing else.
struct address_rules {
    bool allow_private_network = false;
    std::vector<cidr> allow_cidrs;  ///< of the endpoint and of the daemon together
    std::vector<socket_address> own_listeners;
    std::vector<ip_address> own_addresses;
    std::vector<socket_address> redis;
};
[[nodiscard]] address_rules rules_for(const endpoint& endpoint, const egress_rules& of_daemon);

/// Judges the very address that is about to be dialled. Pure; ranges are those of SECURITY section 1.
[[nodiscard]] verdict judge(const ip_address& address, std::uint16_t port, const address_rules& rules);
/// Only whether it leads to the daemon itself or its Redis: for what the operator chose, such as a proxy.
[[nodiscard]] verdict judge_chosen(const ip_address& address, std::uint16_t port, const address_rules& rules);

}  // namespace postrider::guard
