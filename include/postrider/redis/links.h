#pragma once

#include <postrider/redis/client.h>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

namespace postrider::redis {

/// The connections of a shard to its Redis. One server, or the one that Sentinels name, has one connection
/// for every key. A Cluster has one for each slot that is asked for: whatever happens to a master, or to a
/// slot that moves, concerns the connections of its slots and no other. Lives on the shard's executor, longer
/// than whatever was given one of its clients.
class links {
 public:
    using maker = std::function<std::unique_ptr<client>(std::uint16_t slot)>;

    explicit links(std::unique_ptr<client> only);
    explicit links(maker make);  ///< of a Cluster

    /// The client for keys of this slot, made when it is first asked for.
    [[nodiscard]] client& of(std::uint16_t slot);
    /// Whether keys of different slots may be at different servers, and so never in one call.
    [[nodiscard]] bool is_split() const noexcept { return !only_; }

    /// Connects, also those that are asked for later.
    void start();
    /// Ends all of them.
    [[nodiscard]] boost::asio::awaitable<void> stop();

 private:
    std::unique_ptr<client> only_;
    maker make_;
    std::map<std::uint16_t, std::unique_ptr<client>> by_slot_;
    bool started_ = false;
};

}  // namespace postrider::redis
