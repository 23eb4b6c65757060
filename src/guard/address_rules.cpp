#include <postrider/event/endpoint.h>
#include <postrider/guard/address_rules.h>

#include <algorithm>
#include <array>
#include <optional>

namespace postrider::guard {
namespace {

struct denied_range {
    cidr range;
    verdict why;
    bool lifted_by_private;  ///< whether `allow_private_network` lifts it
};

constexpr bool lifted = true;
constexpr bool kept = false;

constexpr cidr v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, std::uint8_t prefix) {
    return {{false, {a, b, c, d}}, prefix};
}

/// The first 64 bits as four groups and the last 16 as one; no range here says anything between them.
constexpr cidr v6(std::uint16_t a, std::uint16_t b, std::uint16_t c, std::uint16_t d, std::uint16_t last,
                  std::uint8_t prefix) {
    cidr range{{true, {}}, prefix};
    const std::array<std::uint16_t, 8> groups{a, b, c, d, 0, 0, 0, last};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        range.base.bytes[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
        range.base.bytes[2 * i + 1] = static_cast<std::uint8_t>(groups[i] & 0xff);
    }
    return range;
}

// In both tables the first range that holds an address decides.
constexpr std::array ipv4_denied{
    denied_range{v4(169, 254, 169, 254, 32), verdict::denied_metadata, kept},
    denied_range{v4(168, 63, 129, 16, 32), verdict::denied_metadata, kept},    // Azure, in public space
    denied_range{v4(100, 100, 100, 200, 32), verdict::denied_metadata, kept},  // Alibaba
    denied_range{v4(192, 0, 0, 192, 32), verdict::denied_metadata, kept},      // Oracle, classic
    denied_range{v4(169, 254, 0, 0, 16), verdict::denied_link_local, kept},
    denied_range{v4(127, 0, 0, 0, 8), verdict::denied_loopback, lifted},
    denied_range{v4(10, 0, 0, 0, 8), verdict::denied_private, lifted},
    denied_range{v4(172, 16, 0, 0, 12), verdict::denied_private, lifted},
    denied_range{v4(192, 168, 0, 0, 16), verdict::denied_private, lifted},
    denied_range{v4(100, 64, 0, 0, 10), verdict::denied_private, lifted},
    denied_range{v4(0, 0, 0, 0, 8), verdict::denied_reserved,
                 kept},  // no destination: the kernel dials itself
    denied_range{v4(192, 0, 0, 0, 24), verdict::denied_reserved, lifted},
    denied_range{v4(192, 0, 2, 0, 24), verdict::denied_reserved, lifted},
    denied_range{v4(192, 88, 99, 0, 24), verdict::denied_reserved, lifted},
    denied_range{v4(198, 18, 0, 0, 15), verdict::denied_reserved, lifted},
    denied_range{v4(198, 51, 100, 0, 24), verdict::denied_reserved, lifted},
    denied_range{v4(203, 0, 113, 0, 24), verdict::denied_reserved, lifted},
    denied_range{v4(224, 0, 0, 0, 4), verdict::denied_reserved, lifted},
    denied_range{v4(240, 0, 0, 0, 4), verdict::denied_reserved, lifted},
};

// What embeds an IPv4 address stays denied whatever is private: it could embed a metadata service.
// ::/8 holds the unspecified address and the IPv4-compatible, mapped, SIIT and both NAT64 forms;
// 2001::/23 holds Teredo; 2002::/16 is 6to4.
constexpr std::array ipv6_denied{
    denied_range{v6(0xfd00, 0x0ec2, 0, 0, 0, 32), verdict::denied_metadata, kept},  // AWS
    denied_range{v6(0xfd20, 0x00ce, 0, 0, 0, 32), verdict::denied_metadata, kept},  // Google
    denied_range{v6(0xfd00, 0x00c1, 0, 0, 0, 32), verdict::denied_metadata, kept},  // Oracle
    denied_range{v6(0xfd00, 0x0042, 0, 0, 0, 32), verdict::denied_metadata, kept},  // Scaleway
    denied_range{v6(0xfe80, 0, 0, 0, 0, 10), verdict::denied_link_local, kept},
    denied_range{v6(0, 0, 0, 0, 1, 128), verdict::denied_loopback, lifted},
    denied_range{v6(0, 0, 0, 0, 0, 8), verdict::denied_reserved, kept},
    denied_range{v6(0xfc00, 0, 0, 0, 0, 7), verdict::denied_private, lifted},
    denied_range{v6(0xfec0, 0, 0, 0, 0, 10), verdict::denied_private, lifted},
    denied_range{v6(0x2001, 0, 0, 0, 0, 23), verdict::denied_reserved, kept},
    denied_range{v6(0x2002, 0, 0, 0, 0, 16), verdict::denied_reserved, kept},
    denied_range{v6(0x2001, 0x0db8, 0, 0, 0, 32), verdict::denied_reserved, lifted},
    denied_range{v6(0x3fff, 0, 0, 0, 0, 20), verdict::denied_reserved, lifted},
};

constexpr cidr ipv6_global = v6(0x2000, 0, 0, 0, 0, 3);
constexpr denied_range ipv6_rest{v6(0, 0, 0, 0, 0, 0), verdict::denied_reserved, lifted};

std::optional<denied_range> find_denied(const ip_address& address) {
    const auto holds = [&](const denied_range& entry) { return entry.range.contains(address); };
    if (!address.v6) {
        const auto found = std::ranges::find_if(ipv4_denied, holds);
        return found == ipv4_denied.end() ? std::nullopt : std::optional(*found);
    }
    const auto found = std::ranges::find_if(ipv6_denied, holds);
    if (found != ipv6_denied.end()) return *found;
    return ipv6_global.contains(address) ? std::nullopt : std::optional(ipv6_rest);
}

const cidr v4_mapped{{true, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}}, 96};

bool is_unspecified(const ip_address& address) {
    return std::ranges::all_of(address.bytes, [](std::uint8_t byte) { return byte == 0; });
}

/// The address that the kernel really connects to: a mapped one is IPv4, the unspecified one is this host.
ip_address as_dialled(ip_address address) {
    if (address.v6 && v4_mapped.contains(address)) {
        ip_address inner;
        std::copy_n(address.bytes.begin() + 12, 4, inner.bytes.begin());
        address = inner;
    }
    if (!is_unspecified(address)) return address;
    if (address.v6) {
        address.bytes[15] = 1;
    } else {
        address.bytes = {127, 0, 0, 1};
    }
    return address;
}

bool is_loopback(const ip_address& address) {
    const auto found = find_denied(address);
    return found && found->why == verdict::denied_loopback;
}

/// `dialled` as above.
bool is_this_machine(const ip_address& dialled, const address_rules& rules) {
    return is_loopback(dialled) ||
           std::ranges::find(rules.own_addresses, dialled) != rules.own_addresses.end();
}

bool reaches_listener(const ip_address& dialled, std::uint16_t port, const address_rules& rules) {
    return std::ranges::any_of(rules.own_listeners, [&](const socket_address& listener) {
        if (port != listener.port) return false;
        if (is_unspecified(listener.address)) return is_this_machine(dialled, rules);
        return as_dialled(listener.address) == dialled;
    });
}

bool reaches_redis(const ip_address& dialled, std::uint16_t port, const address_rules& rules) {
    return std::ranges::any_of(rules.redis, [&](const socket_address& redis) {
        if (port != redis.port) return false;
        const auto known = as_dialled(redis.address);
        return known == dialled || (is_this_machine(known, rules) && is_this_machine(dialled, rules));
    });
}

}  // namespace

std::string_view to_string(verdict verdict) noexcept {
    switch (verdict) {
        case verdict::allowed:
            return "allowed";
        case verdict::denied_loopback:
            return "denied_loopback";
        case verdict::denied_private:
            return "denied_private";
        case verdict::denied_link_local:
            return "denied_link_local";
        case verdict::denied_metadata:
            return "denied_metadata";
        case verdict::denied_reserved:
            return "denied_reserved";
        case verdict::denied_own_listener:
            return "denied_own_listener";
        case verdict::denied_redis:
            return "denied_redis";
    }
    return "unknown";
}

address_rules rules_for(const endpoint& endpoint, const egress_rules& of_daemon) {
    address_rules rules;
    rules.allow_private_network = endpoint.allow_private_network;
    rules.allow_cidrs = of_daemon.allow_cidrs;
    rules.allow_cidrs.insert(rules.allow_cidrs.end(), endpoint.allow_cidrs.begin(),
                             endpoint.allow_cidrs.end());
    rules.own_listeners = of_daemon.own_listeners;
    rules.own_addresses = of_daemon.own_addresses;
    rules.redis = of_daemon.redis;
    return rules;
}

verdict judge(const ip_address& address, std::uint16_t port, const address_rules& rules) {
    const auto dialled = as_dialled(address);
    if (reaches_listener(dialled, port, rules)) return verdict::denied_own_listener;
    if (std::ranges::any_of(rules.allow_cidrs, [&](const cidr& range) { return range.contains(address); }))
        return verdict::allowed;
    if (reaches_redis(dialled, port, rules)) return verdict::denied_redis;
    const auto denied = find_denied(address);
    if (!denied || (denied->lifted_by_private && rules.allow_private_network)) return verdict::allowed;
    return denied->why;
}

verdict judge_chosen(const ip_address& address, std::uint16_t port, const address_rules& rules) {
    const auto dialled = as_dialled(address);
    if (reaches_listener(dialled, port, rules)) return verdict::denied_own_listener;
    return reaches_redis(dialled, port, rules) ? verdict::denied_redis : verdict::allowed;
}

}  // namespace postrider::guard
