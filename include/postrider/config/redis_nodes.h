#pragma once

#include <postrider/base/secret.h>

#include <cstdint>
#include <string>
#include <vector>

namespace postrider::config {

/// One server among several that are tried in turn. `host` is a name or an address literal.
struct node_address {
    std::string host;
    std::uint16_t port = 0;
    [[nodiscard]] bool operator==(const node_address&) const = default;
};

/// How and as whom to connect to a server of Redis.
struct redis_login {
    std::string username;  ///< empty: the default user
    secret password{};     ///< empty: none is sent
    bool tls = false;
    std::string ca_file;  ///< with `tls`; empty: the authorities of the system
    [[nodiscard]] bool operator==(const redis_login&) const = default;
};

/// A master that Sentinels watch.
struct sentinel_source {
    std::string master;               ///< the name that they know it by; not empty
    std::vector<node_address> nodes;  ///< the Sentinels, 1 to 32
    redis_login server{};             ///< `tls` and `ca_file` hold for the Sentinels too
    std::string sentinel_username;
    secret sentinel_password{};
    std::uint32_t database = 0;
    [[nodiscard]] bool operator==(const sentinel_source&) const = default;
};

/// A Redis Cluster, known by some of its nodes.
struct cluster_source {
    std::vector<node_address> nodes;  ///< 1 to 32
    redis_login server{};
    [[nodiscard]] bool operator==(const cluster_source&) const = default;
};

}  // namespace postrider::config
