#include "daemon_settings.h"

#include "names.h"
#include "network.h"
#include "redis_source.h"
#include "values.h"

#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace postrider::config {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::size_t max_tokens = 1000;
constexpr std::size_t least_token = 16;
constexpr std::size_t most_token = 512;

/// Opens the map under `key`; nothing when it is absent or no map.
std::optional<section> open(reading& reading, const section& from, std::string_view key, key_list known) {
    const auto found = from.find(key);
    return found ? section::open(reading, *found, known) : std::nullopt;
}

void read_listen(reading& reading, const section& top, settings& settings) {
    const auto listen = open(reading, top, "listen", keys::listen);
    if (!listen) return;
    const auto address = [&](const item& value) { return read_listen_address(reading, value); };
    take(*listen, "ingest", settings.ingest, address);
    take(*listen, "admin", settings.admin, address);
    if (settings.ingest == settings.admin && settings.ingest.port != 0) {
        const auto later = listen->find("admin") ? listen->find("admin") : listen->find("ingest");
        if (later)
            add_fault(reading, *later, "is the address of the other listener too; each needs one of its own");
    }
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

std::optional<std::uint8_t> read_scopes(reading& reading, const item& list) {
    const auto items = read_list(reading, list, 3);
    if (!items) return std::nullopt;
    unsigned scopes = 0;
    for (const auto& one : *items) {
        const auto text = read_text(reading, one);
        if (!text) continue;
        if (text->text == "ingest") {
            scopes |= static_cast<unsigned>(access::scope::ingest);
        } else if (text->text == "read") {
            scopes |= static_cast<unsigned>(access::scope::read);
        } else if (text->text == "admin") {
            scopes |= static_cast<unsigned>(access::scope::admin);
        } else {
            refuse_value(reading, one, *text, "ingest, read or admin");
        }
    }
    if (items->empty()) add_fault(reading, list, "is empty; allowed are ingest, read and admin");
    return static_cast<std::uint8_t>(scopes);
}

/// The digest of a token that may be sent in an Authorization header.
std::optional<sha256_digest> read_token_digest(reading& reading, const item& value) {
    const auto text = read_secret(reading, value);
    if (!text) return std::nullopt;
    const auto bytes = text->reveal();
    const bool visible = std::ranges::all_of(bytes, [](char c) { return c > ' ' && c < '\x7f'; });
    if (visible && bytes.size() >= least_token && bytes.size() <= most_token) return sha256({bytes});
    add_fault(reading, value, "is not a token; allowed are 16 to 512 visible ASCII characters");
    return std::nullopt;
}

std::optional<std::string> read_name(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    if (is_name(text->text)) return text->text;
    refuse_value(reading, value, *text, name_alphabet);
    return std::nullopt;
}

/// Tells what an entry lacks; one fault for each key.
void require_keys(reading& reading, const item& entry, const section& map,
                  std::initializer_list<std::string_view> needed) {
    for (const auto key : needed)
        if (!map.find(key)) add_missing(reading, entry, key);
}

struct seen_tokens {
    std::set<std::string> names;
    std::set<sha256_digest> digests;
};

void read_token(reading& reading, const item& entry, seen_tokens& seen, std::vector<access::token>& tokens) {
    const auto map = section::open(reading, entry, keys::token);
    if (!map) return;
    require_keys(reading, entry, *map, {"name", "token", "scopes"});
    access::token token;
    take(*map, "name", token.name, [&](const item& value) { return read_name(reading, value); });
    take(*map, "token", token.digest, [&](const item& value) { return read_token_digest(reading, value); });
    take(*map, "scopes", token.scopes, [&](const item& value) { return read_scopes(reading, value); });
    take(*map, "tenant", token.tenant, [&](const item& value) { return read_name(reading, value); });
    if (!token.name.empty() && !seen.names.insert(token.name).second)
        add_fault(reading, *map->find("name"), "is the name of another token too; each needs one of its own");
    if (token.digest != sha256_digest{} && !seen.digests.insert(token.digest).second)
        add_fault(reading, *map->find("token"),
                  "is the same as another token; each needs a value of its own");
    tokens.push_back(std::move(token));
}

void read_access(reading& reading, const section& top, access_settings& settings) {
    const auto access = open(reading, top, "access", keys::access);
    if (!access) return;
    take(*access, "open_metrics", settings.open_metrics,
         [&](const item& value) { return read_switch(reading, value); });
    const auto list = access->find("tokens");
    const auto items = list ? read_list(reading, *list, max_tokens) : std::nullopt;
    seen_tokens seen;
    if (!items) return;
    for (const auto& entry : *items)
        read_token(reading, entry, seen, settings.tokens);
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

/// Without tokens everything is open, and only this machine may reach what is open.
void check_exposure(reading& reading, const section& top, const settings& settings) {
    const auto access = top.find("access");
    const bool tokens_written = access && access->value->what == node::kind::map &&
                                find_entry(*access->value, "tokens") != nullptr &&
                                !settings.access.tokens.empty();
    const auto listen = top.find("listen");
    if (tokens_written || !listen || listen->value->what != node::kind::map) return;
    const auto check = [&](std::string_view key, const listen_address& address) {
        const auto* entry = find_entry(*listen->value, key);
        if (entry == nullptr || address.is_loopback()) return;
        add_fault(reading, {key, entry->value, entry->value->at},
                  "is an address off loopback, and \"access.tokens\" is empty; allowed are loopback "
                  "addresses, or any "
                  "with tokens");
    };
    check("ingest", settings.ingest);
    check("admin", settings.admin);
}

}  // namespace

void read_daemon_settings(reading& reading, const section& top, settings& settings) {
    read_listen(reading, top, settings);
    read_redis(reading, top, settings.redis);
    read_access(reading, top, settings.access);
    read_egress(reading, top, settings.egress);
    read_encryption(reading, top, settings.encryption);
    read_limits(reading, top, settings.limits);
    read_log(reading, top, settings.log);
    check_exposure(reading, top, settings);
}

}  // namespace postrider::config
