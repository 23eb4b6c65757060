#pragma once

#include <postrider/config/config.h>
#include <postrider/queue/keys.h>
#include <postrider/redis/client.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace postrider::daemon {

/// Looks at the store on each new connection of one client: whether it is ours, with the same number of
/// partitions, and as durable as configured. Lives on the client's executor.
class store_watch : public std::enable_shared_from_this<store_watch> {
 public:
    enum class standing : std::uint8_t {
        good,
        absent,   ///< no connection; it may come
        unfit,    ///< not as durable as configured
        foreign,  ///< not ours, or with another number of partitions: nothing but other settings mends it
    };
    struct verdict {
        standing what = standing::good;
        std::string fault;  ///< for people; empty when good
    };

    store_watch(redis::client& client, const queue::keys& keys, const config::redis_settings& settings,
                std::function<void(verdict)> report);

    /// Reports after every connection, and once a second that there is none, until the client is stopped.
    void start(const boost::asio::any_io_executor& executor);

 private:
    boost::asio::awaitable<void> run(std::shared_ptr<store_watch> self);
    boost::asio::awaitable<void> report_absence(std::shared_ptr<store_watch> self);
    boost::asio::awaitable<verdict> look();

    redis::client& client_;
    const queue::keys& keys_;
    std::string durability_;
    bool unverified_ok_;
    std::function<void(verdict)> report_;
    bool over_ = false;
};

}  // namespace postrider::daemon
