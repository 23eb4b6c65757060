#include "store_source.h"

#include <utility>

namespace postrider::daemon {

namespace {

redis::location location_of(const config::redis_login& login) {
    redis::location where;
    where.kind = login.tls ? redis::location::transport::tls : redis::location::transport::tcp;
    where.username = login.username;
    where.password = login.password;
    where.ca_file = login.ca_file;
    return where;
}

redis::sentinel_settings sentinel_settings(const config::sentinel_source& source) {
    redis::sentinel_settings settings;
    settings.master = source.master;
    settings.server = location_of(source.server);
    settings.server.database = source.database;
    for (const auto& node : source.nodes) {
        redis::location where = location_of(source.server);
        where.host = node.host;
        where.port = node.port;
        where.username = source.sentinel_username;
        where.password = source.sentinel_password;
        settings.nodes.push_back(std::move(where));
    }
    return settings;
}

void add_literal(std::vector<guard::socket_address>& to, const redis::location& where) {
    if (where.kind == redis::location::transport::unix_socket) return;
    if (const auto literal = ip_address::parse(where.host)) to.push_back({*literal, where.port});
}

}  // namespace

std::string store_source::display() const {
    return sentinel ? "sentinel " + sentinel->master : where.display();
}

std::vector<guard::socket_address> store_source::addresses() const {
    std::vector<guard::socket_address> all;
    if (!sentinel) add_literal(all, where);
    if (sentinel)
        for (const auto& node : sentinel->nodes)
            add_literal(all, node);
    return all;
}

std::unique_ptr<redis::locator> store_source::make_locator(const boost::asio::any_io_executor& executor,
                                                           net::resolver& resolver) const {
    if (sentinel) return redis::make_sentinel_locator(executor, resolver, *sentinel, system_time());
    return redis::make_fixed_locator(where);
}

expected<std::optional<store_source>, std::string> configured_source(const config::redis_settings& settings) {
    if (settings.cluster)
        return unexpected<std::string>(
            "redis.cluster: this version cannot use a Redis Cluster; redis.url and redis.sentinel work");
    store_source source;
    if (settings.sentinel) {
        source.sentinel = sentinel_settings(*settings.sentinel);
        return source;
    }
    if (!settings.url) return std::nullopt;
    auto where = redis::parse_url(settings.url->reveal());
    if (!where) return unexpected<std::string>(std::move(where.error()));
    source.where = std::move(*where);
    return source;
}

}  // namespace postrider::daemon
