#include "daemon_settings.h"

#include "access_settings.h"
#include "listener.h"
#include "names.h"
#include "network.h"
#include "proxy.h"
#include "redis_source.h"
#include "values.h"

#include <postrider/base/encoding.h>

#include <charconv>

namespace postrider::config {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

/// Opens the map under `key`; nothing when it is absent or no map.
std::optional<section> open(reading& reading, const section& from, std::string_view key, key_list known) {
    const auto found = from.find(key);
    return found ? section::open(reading, *found, known) : std::nullopt;
}

std::optional<durability> read_durability(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    for (const auto level :
         {durability::memory, durability::everysec, durability::fsync, durability::replicated})
        if (text->text == to_string(level)) return level;
    refuse_value(reading, value, *text, "memory, everysec, fsync or replicated");
    return std::nullopt;
}

std::optional<std::string> read_prefix(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    if (is_name(text->text, ".")) return text->text;
    refuse_value(reading, value, *text, "1 to 64 letters, digits, '_', '-' and '.'");
    return std::nullopt;
}

void read_redis(reading& reading, const section& top, redis_settings& settings) {
    const auto redis = open(reading, top, "redis", keys::redis);
    if (!redis) return;
    read_redis_source(reading, *redis, settings);
    take(*redis, "durability", settings.level,
         [&](const item& value) { return read_durability(reading, value); });
    take(*redis, "replicas", settings.replicas,
         [&](const item& value) { return read_whole(reading, value, 1, 16); });
    take(*redis, "replica_timeout_seconds", settings.replica_timeout,
         [&](const item& value) { return read_seconds(reading, value, milliseconds(10), seconds(3)); });
    if (settings.cluster) settings.partitions = default_cluster_partitions;
    take(*redis, "partitions", settings.partitions,
         [&](const item& value) { return read_whole(reading, value, 1, 4096); });
    take(*redis, "prefix", settings.prefix, [&](const item& value) { return read_prefix(reading, value); });
    take(*redis, "lease_seconds", settings.lease,
         [&](const item& value) { return read_seconds(reading, value, seconds(1), seconds(600)); });
    take(*redis, "durability_unverified", settings.durability_unverified,
         [&](const item& value) { return read_switch(reading, value); });
    const bool has_replicas = redis->find("url") || redis->find("sentinel") || redis->find("cluster");
    if (settings.level == durability::replicated && !has_replicas)
        add_fault(reading, *redis->find("durability"),
                  "is \"replicated\" without \"url\", \"sentinel\" or \"cluster\"; the embedded Redis has no "
                  "replicas");
}

void read_egress(reading& reading, const section& top, egress_settings& settings) {
    const auto egress = open(reading, top, "egress", keys::egress);
    if (!egress) return;
    take(*egress, "allow_cidrs", settings.allow_cidrs,
         [&](const item& value) { return read_cidrs(reading, value); });
    take(*egress, "allow_ports", settings.allow_ports,
         [&](const item& value) { return read_ports(reading, value); });
    take(*egress, "dns_servers", settings.dns_servers,
         [&](const item& value) { return read_dns_servers(reading, value); });
    settings.proxy = read_proxy(reading, *egress);
}

std::optional<secret> from_hex(std::string_view text) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
        unsigned byte = 0;
        const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 2, byte, 16);
        if (error != std::errc{} || end != text.data() + at + 2) return std::nullopt;
        bytes.push_back(static_cast<char>(byte));
    }
    return secret(std::move(bytes));
}

/// 32 bytes, written as base64 or as hexadecimal digits.
std::optional<secret> read_key(reading& reading, const item& value) {
    constexpr std::size_t key_bytes = 32;
    const auto text = read_secret(reading, value);
    if (!text) return std::nullopt;
    auto bytes = text->reveal().size() == 2 * key_bytes ? from_hex(text->reveal()) : std::nullopt;
    if (!bytes) {
        if (auto decoded = from_base64(text->reveal())) bytes.emplace(std::move(*decoded));
    }
    if (bytes && bytes->reveal().size() == key_bytes) return bytes;
    add_fault(reading, value, "is no key; allowed are 32 bytes, as base64 or as 64 hexadecimal digits");
    return std::nullopt;
}

void read_encryption(reading& reading, const section& top, encryption_settings& settings) {
    constexpr std::size_t most_previous = 8;
    const auto encryption = open(reading, top, "encryption", keys::encryption);
    if (!encryption) return;
    take(*encryption, "key", settings.key, [&](const item& value) { return read_key(reading, value); });
    const auto list = encryption->find("previous_keys");
    const auto items = list ? read_list(reading, *list, most_previous) : std::nullopt;
    if (!items) return;
    for (const auto& one : *items)
        if (auto key = read_key(reading, one)) settings.previous_keys.push_back(std::move(*key));
    if (!encryption->find("key") && !items->empty())
        add_fault(reading, *list, "stands without \"key\", with which new secrets would be sealed");
}

void read_audit(reading& reading, const section& top, audit_settings& settings) {
    constexpr std::uint64_t most_records = 100'000;
    constexpr double day = 86'400'000;
    const auto audit = open(reading, top, "audit", keys::audit);
    if (!audit) return;
    take(*audit, "max_records", settings.max_records,
         [&](const item& value) { return read_whole(reading, value, 100, most_records); });
    double days = static_cast<double>(settings.retention.count()) / day;
    take(*audit, "retention_days", days,
         [&](const item& value) { return read_number(reading, value, 1, 3650); });
    settings.retention = milliseconds(static_cast<milliseconds::rep>(days * day));
}

constexpr std::uint64_t most_queued = 1'000'000'000'000;

void read_tenant_limits(reading& reading, const map_entry& entry, limit_settings& settings) {
    const item value{"tenants", entry.value, entry.value->at};
    if (!is_name(entry.key)) {
        reading.faults.add(entry.key_at, "\"tenants\" has a name that is not allowed; allowed are " +
                                             std::string(name_alphabet));
        return;
    }
    const auto limits = section::open(reading, value, keys::tenant_limits);
    if (!limits) return;
    std::uint64_t most = 0;
    take(*limits, "max_queued_events", most,
         [&](const item& number) { return read_whole(reading, number, 1, most_queued); });
    if (most > 0) settings.max_queued_by_tenant.emplace(entry.key, most);
}

void read_tenants(reading& reading, const section& limits, limit_settings& settings) {
    constexpr std::size_t most_tenants = 10000;
    const auto tenants = limits.find("tenants");
    if (!tenants || tenants->value->what == node::kind::null) return;
    if (tenants->value->what != node::kind::map)
        return add_fault(reading, *tenants, "must be a map of tenants and their limits");
    if (tenants->value->entries.size() > most_tenants)
        return add_fault(reading, *tenants,
                         "has too many tenants; allowed are " + std::to_string(most_tenants));
    for (const auto& entry : tenants->value->entries)
        read_tenant_limits(reading, entry, settings);
}

void read_limits(reading& reading, const section& top, limit_settings& settings) {
    const auto limits = open(reading, top, "limits", keys::limits);
    if (!limits) return;
    const auto whole = [&](std::uint64_t least, std::uint64_t most) {
        return [&reading, least, most](const item& value) { return read_whole(reading, value, least, most); };
    };
    const auto duration = [&](milliseconds least, milliseconds most) {
        return
            [&reading, least, most](const item& value) { return read_seconds(reading, value, least, most); };
    };
    constexpr std::uint64_t mebibyte = 1024 * 1024;
    take(*limits, "max_body_bytes", settings.max_body_bytes, whole(1, 64 * mebibyte));
    take(*limits, "max_batch_bytes", settings.max_batch_bytes, whole(1, 256 * mebibyte));
    take(*limits, "max_batch_events", settings.max_batch_events, whole(1, 10000));
    take(*limits, "max_header_bytes", settings.max_header_bytes, whole(1024, mebibyte));
    take(*limits, "max_connections", settings.max_connections, whole(1, 1'000'000));
    take(*limits, "max_connections_per_peer", settings.max_connections_per_peer, whole(1, 1'000'000));
    const milliseconds least_timeout(100);
    take(*limits, "header_seconds", settings.header_timeout, duration(least_timeout, hours(1)));
    take(*limits, "body_seconds", settings.body_timeout, duration(least_timeout, hours(1)));
    take(*limits, "idle_seconds", settings.idle_timeout, duration(least_timeout, hours(1)));
    take(*limits, "dedup_window_seconds", settings.dedup_window, duration(seconds(1), hours(24 * 30)));
    take(*limits, "max_remembered_ids", settings.max_remembered_ids, whole(1, most_queued));
    take(*limits, "max_queued_events", settings.max_queued_events, whole(1, most_queued));
    take(*limits, "memory_watermark", settings.memory_watermark,
         [&](const item& value) { return read_number(reading, value, 0.1, 1); });
    read_tenants(reading, *limits, settings);
}

std::optional<log::level> read_level(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    const auto level = log::level_of(text->text);
    if (!level) refuse_value(reading, value, *text, "debug, info, warning or error");
    return level;
}

/// `auto` is none of its own.
std::optional<std::optional<log::format>> read_log_format(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    const auto format = log::format_of(text->text);
    if (format || text->text == "auto") return format;
    refuse_value(reading, value, *text, "auto, text or json");
    return std::nullopt;
}

void read_log(reading& reading, const section& top, log_settings& settings) {
    const auto log = open(reading, top, "log", keys::log);
    if (!log) return;
    take(*log, "level", settings.least, [&](const item& value) { return read_level(reading, value); });
    take(*log, "format", settings.shape, [&](const item& value) { return read_log_format(reading, value); });
    take(*log, "sampling", settings.sampling,
         [&](const item& value) { return read_number(reading, value, 0, 1); });
}

}  // namespace

void read_daemon_settings(reading& reading, const section& top, settings& settings) {
    read_listeners(reading, top, settings);
    read_redis(reading, top, settings.redis);
    read_access(reading, top, settings.access);
    read_egress(reading, top, settings.egress);
    read_encryption(reading, top, settings.encryption);
    read_audit(reading, top, settings.audit);
    read_limits(reading, top, settings.limits);
    read_log(reading, top, settings.log);
    check_exposure(reading, top, settings);
}

}  // namespace postrider::config
