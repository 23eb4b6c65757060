// Addresses and ranges: the verdict on an address is that of the ranges as SECURITY lists them, in whatever
// form it is written or embedded.

#include "fuzz/pieces.h"
#include "fuzz/target.h"

#include <postrider/event/address.h>
#include <postrider/guard/address_rules.h>

#include <algorithm>
#include <cstring>

namespace postrider::fuzz {
namespace {

std::uint32_t number_of(const ip_address& address) {
    std::uint32_t number = 0;
    for (std::size_t byte = 0; byte < 4; ++byte)
        number = number << 8 | address.bytes[byte];
    return number;
}

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
    return a << 24 | b << 16 | c << 8 | d;
}

/// SECURITY section 1, rule 4, as first and last address.
bool is_public_v4(std::uint32_t number) {
    constexpr std::pair<std::uint32_t, std::uint32_t> denied[] = {
        {v4(0, 0, 0, 0), v4(0, 255, 255, 255)},       {v4(10, 0, 0, 0), v4(10, 255, 255, 255)},
        {v4(100, 64, 0, 0), v4(100, 127, 255, 255)},  {v4(127, 0, 0, 0), v4(127, 255, 255, 255)},
        {v4(169, 254, 0, 0), v4(169, 254, 255, 255)}, {v4(172, 16, 0, 0), v4(172, 31, 255, 255)},
        {v4(192, 0, 0, 0), v4(192, 0, 0, 255)},       {v4(192, 0, 2, 0), v4(192, 0, 2, 255)},
        {v4(192, 88, 99, 0), v4(192, 88, 99, 255)},   {v4(192, 168, 0, 0), v4(192, 168, 255, 255)},
        {v4(198, 18, 0, 0), v4(198, 19, 255, 255)},   {v4(198, 51, 100, 0), v4(198, 51, 100, 255)},
        {v4(203, 0, 113, 0), v4(203, 0, 113, 255)},   {v4(224, 0, 0, 0), v4(255, 255, 255, 255)},
        {v4(168, 63, 129, 16), v4(168, 63, 129, 16)},
    };
    return std::ranges::none_of(
        denied, [&](const auto& range) { return number >= range.first && number <= range.second; });
}

/// Rule 5: 2000::/3 without 2001::/23, 2001:db8::/32, 2002::/16 and 3fff::/20.
bool is_public_v6(const ip_address& address) {
    const auto group = [&](std::size_t at) {
        return unsigned{address.bytes[at]} << 8 | address.bytes[at + 1];
    };
    const unsigned first = group(0);
    const unsigned second = group(2);
    if (first < 0x2000 || first > 0x3fff || first == 0x2002) return false;
    if (first == 0x2001) return second > 0x01ff && second != 0x0db8;
    return first != 0x3fff || second > 0x0fff;
}

bool is_link_local(const ip_address& address) {
    return address.v6 ? address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0) == 0x80
                      : address.bytes[0] == 169 && address.bytes[1] == 254;
}

void check_verdicts(const ip_address& address) {
    const bool is_public = address.v6 ? is_public_v6(address) : is_public_v4(number_of(address));
    guard::address_rules rules;
    HOLDS((guard::judge(address, 443, rules) == guard::verdict::allowed) == is_public);
    rules.allow_private_network = true;
    rules.redis = {{address, 6379}};
    rules.own_listeners = {{address, 8080}};
    HOLDS(guard::judge(address, 8080, rules) == guard::verdict::denied_own_listener);
    HOLDS(guard::judge(address, 6379, rules) != guard::verdict::allowed);
    if (is_link_local(address)) HOLDS(guard::judge(address, 443, rules) != guard::verdict::allowed);
    rules.allow_cidrs = {cidr{address, static_cast<std::uint8_t>(address.v6 ? 128 : 32)}};
    HOLDS(guard::judge(address, 8080, rules) == guard::verdict::denied_own_listener);
    HOLDS(guard::judge(address, 443, rules) == guard::verdict::allowed);
}

/// Under each prefix that embeds an IPv4 address, at the place where it has it.
void check_embedded(const ip_address& v4_address) {
    struct form {
        std::array<std::uint8_t, 12> prefix;
        std::size_t at;
    };
    constexpr form forms[] = {
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 12},     // mapped
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 12},           // compatible
        {{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0}, 12},     // SIIT
        {{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, 12},  // NAT64
        {{0, 0x64, 0xff, 0x9b, 0, 1, 0, 0, 0, 0, 0, 0}, 12},  // NAT64, local
        {{0x20, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 2},      // 6to4
        {{0x20, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 12},     // Teredo
    };
    for (const auto& form : forms) {
        ip_address embedding;
        embedding.v6 = true;
        std::ranges::copy(form.prefix, embedding.bytes.begin());
        std::copy_n(v4_address.bytes.begin(), 4,
                    embedding.bytes.begin() + static_cast<std::ptrdiff_t>(form.at));
        guard::address_rules rules;
        HOLDS(guard::judge(embedding, 443, rules) != guard::verdict::allowed);
    }
}

void check_text(std::string_view text) {
    if (const auto address = ip_address::parse(text)) {
        HOLDS(ip_address::parse(address->to_string()) == address);
        if (!address->v6) HOLDS(address->to_string() == text);
        check_verdicts(*address);
        if (!address->v6) check_embedded(*address);
    }
    if (const auto range = cidr::parse(text)) {
        HOLDS(range->contains(range->base));
        HOLDS(cidr::parse(range->base.to_string() + '/' + std::to_string(range->prefix)) == range);
    }
}

}  // namespace
}  // namespace postrider::fuzz

/// The text as an address or range; and its first bytes as an address, so that every one is met.
FUZZ_TARGET(address) {
    using namespace postrider;
    using namespace postrider::fuzz;
    check_text(input);
    ip_address raw;
    if (input.size() >= 4) {
        std::memcpy(raw.bytes.data(), input.data(), 4);
        check_verdicts(raw);
        check_embedded(raw);
    }
    if (input.size() >= 16) {
        raw.v6 = true;
        std::memcpy(raw.bytes.data(), input.data(), 16);
        check_verdicts(raw);
    }
}
