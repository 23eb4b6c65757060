#include "network.h"

#include <algorithm>
#include <charconv>

namespace postrider::config {
namespace {

constexpr std::size_t max_ranges = 1000;
constexpr std::size_t max_ports = 1000;
constexpr std::size_t max_dns_servers = 8;

std::optional<std::uint16_t> parse_port(std::string_view text, std::uint16_t least) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port < least) return std::nullopt;
    return port;
}

}  // namespace

std::optional<listen_address> parse_address(std::string_view text, bool names, std::uint16_t least_port) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_port(text.substr(colon + 1), least_port);
    auto host = text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (!port) return std::nullopt;
    if (names && host == "localhost" && !bracketed) return listen_address{"localhost", *port};
    const auto address = ip_address::parse(host);
    if (!address || address->v6 != bracketed) return std::nullopt;
    return listen_address{address->to_string(), *port};
}

std::optional<node_address> parse_named_address(std::string_view text) {
    constexpr std::size_t longest_host = 253;
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_port(text.substr(colon + 1), 1);
    const auto host = text.substr(0, colon);
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    };
    if (!port || host.empty() || host.size() > longest_host || !std::ranges::all_of(host, fits))
        return std::nullopt;
    // What ends in a number is meant as an address, and is none.
    const auto last = host.substr(host.rfind('.') + 1);  // npos + 1 is 0
    if (std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    return node_address{std::string(host), *port};
}

std::optional<listen_address> read_listen_address(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    auto address = parse_address(text->text, true, 0);
    if (!address)
        refuse_value(reading, value, *text,
                     "an address and a port, such as 127.0.0.1:8080, [::1]:8080 or localhost:8080");
    return address;
}

std::optional<std::vector<cidr>> read_cidrs(reading& reading, const item& list) {
    const auto items = read_list(reading, list, max_ranges);
    if (!items) return std::nullopt;
    std::vector<cidr> ranges;
    for (const auto& one : *items) {
        const auto text = read_text(reading, one);
        if (!text) continue;
        if (const auto range = cidr::parse(text->text)) {
            ranges.push_back(*range);
        } else {
            refuse_value(
                reading, one, *text,
                "a range of addresses, such as 10.0.0.0/8 or 2001:db8::/32, with zeros behind its prefix");
        }
    }
    return ranges;
}

std::optional<std::vector<std::uint16_t>> read_ports(reading& reading, const item& list) {
    const auto items = read_list(reading, list, max_ports);
    if (!items) return std::nullopt;
    std::vector<std::uint16_t> ports;
    for (const auto& one : *items)
        if (const auto port = read_whole(reading, one, 1, 65535))
            ports.push_back(static_cast<std::uint16_t>(*port));
    return ports;
}

std::optional<std::vector<std::string>> read_dns_servers(reading& reading, const item& list) {
    const auto items = read_list(reading, list, max_dns_servers);
    if (!items) return std::nullopt;
    std::vector<std::string> servers;
    for (const auto& one : *items) {
        const auto text = read_text(reading, one);
        if (!text) continue;
        if (const auto address = parse_address(text->text, false, 1)) {
            servers.push_back(address->to_string());
        } else {
            refuse_value(reading, one, *text,
                         "an address with its port, such as 10.0.0.2:53 or [2001:db8::1]:53");
        }
    }
    return servers;
}

}  // namespace postrider::config
