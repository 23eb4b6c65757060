#pragma once

#include "values.h"

#include <postrider/config/config.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Readers of addresses, ranges and ports.
namespace postrider::config {

/// "127.0.0.1:8080", "[::1]:8080", or "localhost:8080" where `names` are allowed; port 0 only if it may be
/// chosen.
[[nodiscard]] std::optional<listen_address> parse_address(std::string_view text, bool names,
                                                          std::uint16_t least_port);

/// "redis-1.example.org:6379": a host name of letters, digits, '-', '_' and '.', at most 253 bytes.
[[nodiscard]] std::optional<node_address> parse_named_address(std::string_view text);

[[nodiscard]] std::optional<listen_address> read_listen_address(reading& reading, const item& value);
[[nodiscard]] std::optional<std::vector<cidr>> read_cidrs(reading& reading, const item& list);
[[nodiscard]] std::optional<std::vector<std::uint16_t>> read_ports(reading& reading, const item& list);
[[nodiscard]] std::optional<std::vector<std::string>> read_dns_servers(reading& reading, const item& list);

}  // namespace postrider::config
