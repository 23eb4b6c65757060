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

redis::cluster_settings cluster_settings(const config::cluster_source& source) {
    redis::cluster_settings settings;
    for (const auto& node : source.nodes) {
        redis::location where = location_of(source.server);
        where.host = node.host;
        where.port = node.port;
        settings.seeds.push_back(std::move(where));
    }
    return settings;
}

}  // namespace

std::string store_source::display() const {
    if (sentinel) return "sentinel " + sentinel->master;
    return cluster ? "cluster of " + cluster->seeds.front().display() : where.display();
}

std::vector<redis::location> store_source::places() const {
    if (sentinel) return sentinel->nodes;
    if (cluster) return cluster->seeds;
    return {where};
}

std::unique_ptr<redis::links> store_source::make_links(const boost::asio::any_io_executor& executor,
                                                       net::resolver& resolver, std::string client_name,
                                                       std::vector<redis::command> preamble) const {
    redis::client_settings settings;
    settings.where = where;
    settings.name = std::move(client_name);
    const auto make = [executor, &resolver, settings,
                       preamble = std::move(preamble)](std::unique_ptr<redis::locator> finder) {
        return std::make_unique<redis::client>(executor, resolver, std::move(finder), settings, preamble,
                                               system_time());
    };
    if (sentinel)
        return std::make_unique<redis::links>(
            make(redis::make_sentinel_locator(executor, resolver, *sentinel, system_time())));
    if (!cluster) return std::make_unique<redis::links>(make(redis::make_fixed_locator(where)));
    const auto map = std::make_shared<redis::cluster_map>(executor, resolver, *cluster, system_time());
    return std::make_unique<redis::links>(
        [map, make](std::uint16_t slot) { return make(redis::make_slot_locator(map, slot)); });
}

expected<std::optional<store_source>, std::string> configured_source(const config::redis_settings& settings) {
    store_source source;
    if (settings.cluster) {
        source.cluster = cluster_settings(*settings.cluster);
        return source;
    }
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
