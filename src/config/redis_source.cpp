#include "redis_source.h"

#include "network.h"
#include "pem.h"
#include "values.h"

#include <algorithm>
#include <filesystem>

namespace postrider::config {
namespace {

constexpr std::size_t max_nodes = 32;
constexpr std::size_t longest_name = 256;
constexpr std::uint64_t last_database = 2147483647;

std::optional<secret> read_url(reading& reading, const item& value) {
    auto url = read_secret(reading, value);
    if (!url) return std::nullopt;
    for (const auto* scheme : {"redis://", "rediss://", "unix://"})
        if (url->reveal().starts_with(scheme)) return url;
    add_fault(reading, value, "does not begin with redis://, rediss:// or unix://, which are allowed");
    return std::nullopt;
}

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= longest_name &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::optional<std::string> read_word(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    if (is_word(text->text)) return text->text;
    refuse_value(reading, value, *text, "1 to 256 visible ASCII characters");
    return std::nullopt;
}

std::optional<node_address> read_node(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    if (const auto literal = parse_address(text->text, true, 1))
        return node_address{literal->host, literal->port};
    if (auto named = parse_named_address(text->text)) return named;
    refuse_value(reading, value, *text,
                 "a host and its port, such as redis-1.example.org:26379, 10.0.0.2:26379 or "
                 "[2001:db8::1]:26379");
    return std::nullopt;
}

std::optional<std::vector<node_address>> read_nodes(reading& reading, const item& list) {
    const auto items = read_list(reading, list, max_nodes);
    if (!items) return std::nullopt;
    std::vector<node_address> nodes;
    for (const auto& one : *items)
        if (auto node = read_node(reading, one)) nodes.push_back(std::move(*node));
    if (items->empty()) add_fault(reading, list, "is empty; allowed are 1 to 32 nodes");
    return nodes;
}

/// The certificates that a server may be signed by; a path relative to the file that names it.
std::optional<std::string> read_authorities(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    const auto folder = std::filesystem::path(reading.faults.file_name(value.at.file)).parent_path();
    auto path = (folder / text->text).string();
    const auto wrong = check_pem(reading, path, pem_content::certificates);
    if (!wrong) return path;
    add_fault(reading, value,
              text->as_written
                  ? *wrong
                  : "names, from outside, a file that cannot be read or holds no certificate in PEM");
    return std::nullopt;
}

void read_login(reading& reading, const section& from, redis_login& login) {
    take(from, "username", login.username, [&](const item& value) { return read_word(reading, value); });
    take(from, "password", login.password, [&](const item& value) { return read_secret(reading, value); });
    take(from, "tls", login.tls, [&](const item& value) { return read_switch(reading, value); });
    take(from, "ca_file", login.ca_file, [&](const item& value) { return read_authorities(reading, value); });
    if (from.find("username") && !from.find("password"))
        add_fault(reading, *from.find("username"), "stands without \"password\"");
    if (from.find("ca_file") && !login.tls)
        add_fault(reading, *from.find("ca_file"), "stands without \"tls: true\"");
}

void require(reading& reading, const item& map, const section& opened, std::string_view key) {
    if (!opened.find(key)) add_fault(reading, map, "lacks the key \"" + std::string(key) + '"');
}

std::optional<sentinel_source> read_sentinel(reading& reading, const item& map) {
    const auto opened = section::open(reading, map, keys::sentinel);
    if (!opened) return std::nullopt;
    sentinel_source source;
    require(reading, map, *opened, "master");
    require(reading, map, *opened, "nodes");
    take(*opened, "master", source.master, [&](const item& value) { return read_word(reading, value); });
    take(*opened, "nodes", source.nodes, [&](const item& value) { return read_nodes(reading, value); });
    read_login(reading, *opened, source.server);
    take(*opened, "sentinel_username", source.sentinel_username,
         [&](const item& value) { return read_word(reading, value); });
    take(*opened, "sentinel_password", source.sentinel_password,
         [&](const item& value) { return read_secret(reading, value); });
    take(*opened, "database", source.database,
         [&](const item& value) { return read_whole(reading, value, 0, last_database); });
    if (opened->find("sentinel_username") && !opened->find("sentinel_password"))
        add_fault(reading, *opened->find("sentinel_username"), "stands without \"sentinel_password\"");
    return source;
}

std::optional<cluster_source> read_cluster(reading& reading, const item& map) {
    const auto opened = section::open(reading, map, keys::cluster);
    if (!opened) return std::nullopt;
    cluster_source source;
    require(reading, map, *opened, "nodes");
    take(*opened, "nodes", source.nodes, [&](const item& value) { return read_nodes(reading, value); });
    read_login(reading, *opened, source.server);
    return source;
}

}  // namespace

void read_redis_source(reading& reading, const section& redis, redis_settings& settings) {
    take(redis, "url", settings.url, [&](const item& value) { return read_url(reading, value); });
    take(redis, "sentinel", settings.sentinel,
         [&](const item& value) { return read_sentinel(reading, value); });
    take(redis, "cluster", settings.cluster, [&](const item& value) { return read_cluster(reading, value); });
    std::optional<item> first;
    for (const char* key : {"url", "sentinel", "cluster"}) {
        const auto found = redis.find(key);
        if (found && first)
            add_fault(reading, *found,
                      "stands beside \"" + std::string(first->name) +
                          "\"; allowed is one of url, sentinel and cluster");
        else if (found)
            first = found;
    }
}

}  // namespace postrider::config
