#pragma once

#include <postrider/base/clock.h>
#include <postrider/net/resolver.h>
#include <postrider/redis/locator.h>
#include <postrider/redis/url.h>

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace postrider::redis {

struct sentinel_settings {
    std::string master;             ///< the name under which the Sentinels watch it
    std::vector<location> nodes;    ///< the Sentinels, and as whom they are asked; at least one
    location server;                ///< how and as whom to connect to the master; its host and port are found
    milliseconds ask_timeout{500};  ///< for one Sentinel: name, TCP, TLS, AUTH and the question
    milliseconds recheck_every{1000};
    std::function<void(const location& master)> found;  ///< on the executor, whenever one was named
};

/// Asks the Sentinels in turn, first the one that knew it last. What they say is believed only after the
/// server said that it is a master: a Sentinel may not have heard of a failover yet. While connected, all of
/// them are asked again and again: for the seconds in which a master that was replaced by hand does not know
/// of it, it takes writes that will be lost. When most of them name another server, that is where to go.
[[nodiscard]] std::unique_ptr<locator> make_sentinel_locator(const boost::asio::any_io_executor& executor,
                                                             net::resolver& resolver,
                                                             sentinel_settings settings,
                                                             const time_source& time);

}  // namespace postrider::redis
