#include <postrider/event/address.h>

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace postrider {

std::optional<ip_address> ip_address::parse(std::string_view text) {
    char terminated[INET6_ADDRSTRLEN];
    // A NUL inside would end the text early for inet_pton and let anything follow.
    if (text.size() >= sizeof(terminated) || text.find('\0') != std::string_view::npos) return std::nullopt;
    terminated[text.copy(terminated, sizeof(terminated))] = '\0';
    ip_address address;
    address.v6 = text.find(':') != std::string_view::npos;
    if (::inet_pton(address.v6 ? AF_INET6 : AF_INET, terminated, address.bytes.data()) != 1)
        return std::nullopt;
    return address;
}

std::string ip_address::to_string() const {
    char text[INET6_ADDRSTRLEN];
    ::inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), text, sizeof(text));
    return text;
}

namespace {

/// Whether the first `bits` bits agree.
bool same_prefix(const std::array<std::uint8_t, 16>& left, const std::array<std::uint8_t, 16>& right,
                 unsigned bits) noexcept {
    const unsigned whole = bits / 8;
    if (std::memcmp(left.data(), right.data(), whole) != 0) return false;
    if (bits % 8 == 0) return true;
    const unsigned mask = 0xffU << (8 - bits % 8) & 0xffU;
    return ((left[whole] ^ right[whole]) & mask) == 0;
}

std::optional<std::uint8_t> parse_prefix(std::string_view text, unsigned most) {
    std::uint8_t prefix = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, fault] = std::from_chars(text.data(), end, prefix);
    const bool padded = text.size() > 1 && text.front() == '0';
    if (fault != std::errc() || rest != end || padded || prefix > most) return std::nullopt;
    return prefix;
}

/// Whether every bit behind the prefix is zero.
bool is_network(const ip_address& address, unsigned prefix) noexcept {
    std::array<std::uint8_t, 16> masked{};
    for (unsigned bit = 0; bit < prefix; ++bit) {
        masked[bit / 8] =
            static_cast<std::uint8_t>(masked[bit / 8] | (address.bytes[bit / 8] & 0x80U >> bit % 8));
    }
    return masked == address.bytes;
}

}  // namespace

std::optional<cidr> cidr::parse(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto base = ip_address::parse(text.substr(0, slash));
    if (!base) return std::nullopt;
    const auto prefix = parse_prefix(text.substr(slash + 1), base->v6 ? 128 : 32);
    if (!prefix || !is_network(*base, *prefix)) return std::nullopt;
    return cidr{*base, *prefix};
}

bool cidr::contains(const ip_address& address) const noexcept {
    return address.v6 == base.v6 && same_prefix(address.bytes, base.bytes, prefix);
}

}  // namespace postrider
