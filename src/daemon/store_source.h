#pragma once

#include <postrider/config/config.h>
#include <postrider/guard/address_rules.h>
#include <postrider/net/resolver.h>
#include <postrider/redis/cluster.h>
#include <postrider/redis/links.h>
#include <postrider/redis/sentinel.h>
#include <postrider/redis/url.h>

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::daemon {

/// Which Redis the shards work on: one place, a master that Sentinels name, or a Cluster.
struct store_source {
    redis::location where;  ///< of the one place
    std::optional<redis::sentinel_settings> sentinel;
    std::optional<redis::cluster_settings> cluster;

    /// For people: no user, no password.
    [[nodiscard]] std::string display() const;
    /// Every server that is configured.
    [[nodiscard]] std::vector<redis::location> places() const;
    /// A shard's connections to it. `preamble` is sent on each new one.
    [[nodiscard]] std::unique_ptr<redis::links> make_links(const boost::asio::any_io_executor& executor,
                                                           net::resolver& resolver, std::string client_name,
                                                           std::vector<redis::command> preamble) const;
};

/// What the configuration says, when it says any; otherwise the embedded Redis is meant.
[[nodiscard]] expected<std::optional<store_source>, std::string> configured_source(
    const config::redis_settings& settings);

}  // namespace postrider::daemon
