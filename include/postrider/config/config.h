#pragma once

#include <postrider/access/tokens.h>
#include <postrider/base/expected.h>
#include <postrider/config/redis_nodes.h>
#include <postrider/event/address.h>
#include <postrider/event/endpoint.h>
#include <postrider/event/forward_proxy.h>
#include <postrider/log/log.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::config {

/// Where a listener binds. `host` is an address literal or "localhost"; port 0 lets the kernel choose.
struct listen_address {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] std::string to_string() const;  ///< "127.0.0.1:8080", "[::1]:8080"
    [[nodiscard]] bool operator==(const listen_address&) const = default;
};

/// TLS of a listener: where its files are, and what they held when they were checked. What is served is what
/// was checked.
struct listener_tls {
    std::string cert_file;
    std::string key_file;
    std::string client_ca_file;  ///< empty: clients need no certificate
    std::string certificates;    ///< the listener's own first, then those between it and its authority; PEM
    secret key;
    std::string client_authorities;
    [[nodiscard]] bool operator==(const listener_tls&) const = default;
};

struct listener_settings {
    listen_address address;
    std::optional<listener_tls> tls{};
    std::vector<cidr> allow_cidrs{};  ///< who may connect; empty: everybody
    [[nodiscard]] bool operator==(const listener_settings&) const = default;
};

/// What Redis must have done before a `202`.
enum class durability : std::uint8_t { memory, everysec, fsync, replicated };
[[nodiscard]] std::string_view to_string(durability durability) noexcept;

/// Of one server, alone or watched by Sentinels, and of a Cluster, whose masters share them
/// (docs/decisions/0031-sixteen-partitions.md).
inline constexpr std::uint32_t default_partitions = 16;
inline constexpr std::uint32_t default_cluster_partitions = 64;

struct redis_settings {
    std::optional<secret> url;  ///< redis://, rediss:// or unix://. May hold a password.
    durability level = durability::fsync;
    std::uint32_t partitions = default_partitions;  ///< 1 to 4096; left out: the default of the servers
    std::string prefix = "postrider";               ///< [A-Za-z0-9_.-]{1,64}
    milliseconds lease{10000};
    bool durability_unverified = false;
    std::optional<sentinel_source> sentinel{};
    std::optional<cluster_source> cluster{};  ///< at most one of `url`, these two; none: the embedded server
    std::uint32_t replicas = 1;               ///< of `replicated`: that must have an event, 1 to 16
    milliseconds replica_timeout{1000};       ///< how long they are waited for
    [[nodiscard]] bool operator==(const redis_settings&) const = default;
};

struct access_settings {
    bool open_metrics = false;
    std::vector<access::token> tokens;
    [[nodiscard]] bool operator==(const access_settings&) const = default;
};

struct egress_settings {
    std::vector<cidr> allow_cidrs;
    std::vector<std::uint16_t> allow_ports;
    std::vector<std::string> dns_servers;  ///< "10.0.0.2:53", "[2001:db8::1]:53"; empty: /etc/resolv.conf
    std::optional<forward_proxy> proxy{};  ///< none: receivers are connected to directly
    [[nodiscard]] bool operator==(const egress_settings&) const = default;
};

/// What seals stored secrets: 32 raw bytes each.
struct encryption_settings {
    std::optional<secret> key;          ///< none: nothing can be made by the API on an external Redis
    std::vector<secret> previous_keys;  ///< open what was sealed before; at most 8
    [[nodiscard]] bool operator==(const encryption_settings&) const = default;
};

/// How much of the audit trail the store keeps.
struct audit_settings {
    std::uint64_t max_records = 10'000;
    milliseconds retention{365 * 86'400'000LL};
    [[nodiscard]] bool operator==(const audit_settings&) const = default;
};

struct limit_settings {
    std::size_t max_body_bytes = 262144;  ///< of one event's request
    std::size_t max_batch_bytes = 8 * 1024 * 1024;
    std::size_t max_batch_events = 1000;
    std::size_t max_header_bytes = 16384;
    std::size_t max_connections = 10000;  ///< of a listener
    std::size_t max_connections_per_peer = 1000;
    milliseconds header_timeout{5000};
    milliseconds body_timeout{10000};
    milliseconds idle_timeout{30000};
    milliseconds dedup_window{86400 * 1000LL};
    std::uint64_t max_remembered_ids = 10'000'000;  ///< near it the window shortens
    std::uint64_t max_queued_events = 10'000'000;   ///< deliveries of the store that are not ended
    double memory_watermark = 0.9;                  ///< of Redis' maxmemory
    std::map<std::string, std::uint64_t> max_queued_by_tenant;  ///< deliveries that wait; absent: no limit
    [[nodiscard]] bool operator==(const limit_settings&) const = default;
};

/// The daemon's own log; what its command line says goes before it.
struct log_settings {
    log::level least = log::level::info;
    std::optional<log::format> shape;  ///< none: text on a terminal, else JSON
    double sampling = 1;               ///< 0 to 1; see log::settings
    [[nodiscard]] bool operator==(const log_settings&) const = default;
};

/// One thing that is wrong: where, what, and what is allowed. Lines and columns count from 1.
struct fault {
    std::string file;
    std::size_t line = 0;  ///< 0: the file as a whole
    std::size_t column = 0;
    std::string message;
    [[nodiscard]] std::string to_string() const;  ///< "file:line:col: message"
    [[nodiscard]] bool operator==(const fault&) const = default;
};

/// One whole configuration, valid throughout. Values only; `reload` compares and swaps it.
struct settings {
    listener_settings ingest{{"127.0.0.1", 8080}};
    listener_settings admin{{"127.0.0.1", 8081}};
    redis_settings redis;
    access_settings access;
    egress_settings egress;
    encryption_settings encryption;
    audit_settings audit;
    limit_settings limits;
    log_settings log;
    std::vector<endpoint_ptr> endpoints;
    std::vector<fault> warnings;  ///< what is allowed, and that an operator should know of all the same
    /// Every file that was read (includes, `file:` references, certificates and keys of listeners) and the
    /// folders of the include patterns: what a watcher must watch.
    std::vector<std::string> files;
    /// 16 hexadecimal digits of what the YAML files say, in the order in which they were read; of neither
    /// their names nor what `${…}` and `file:` stand for. Empty without a file. Daemons that share a store
    /// compare it.
    std::string hash;
};

/// Reads an environment variable; nothing when it is unset.
using environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] environment process_environment();

/// Reads a configuration and everything that it includes (CONTRACT section 2), or gives every fault in it,
/// in the order of files and lines. Messages never contain the value of a secret.
[[nodiscard]] expected<settings, std::vector<fault>> load(const std::string& file,
                                                          const environment& environment);

/// The configuration of a daemon without a file: loopback listeners, embedded Redis, no endpoints.
[[nodiscard]] settings defaults();

}  // namespace postrider::config
