#pragma once

#include <postrider/base/clock.h>
#include <postrider/net/resolver.h>
#include <postrider/redis/locator.h>
#include <postrider/redis/url.h>

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace postrider::redis {

struct sentinel_settings {
    std::string master;             ///< the name under which the Sentinels watch it
    std::vector<location> nodes;    ///< the Sentinels, and as whom they are asked; at least one
    location server;                ///< how and as whom to connect to the master; its host and port are found
    milliseconds ask_timeout{500};  ///< for one Sentinel: name, TCP, TLS, AUTH and the question
};

/// Asks the Sentinels in turn, first the one that knew it last. What they say is believed only after the
/// server said that it is a master: a Sentinel may not have heard of a failover yet.
[[nodiscard]] std::unique_ptr<locator> make_sentinel_locator(const boost::asio::any_io_executor& executor,
                                                             net::resolver& resolver,
                                                             sentinel_settings settings,
                                                             const time_source& time);

}  // namespace postrider::redis
