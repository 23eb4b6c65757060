#pragma once

#include <postrider/base/random.h>
#include <postrider/metrics/registry.h>
#include <postrider/redis/client.h>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace postrider::queue {

/// Knows a store again by a mark in it: a random id, made with the store, and a number that every daemon
/// moves. Lives on the client's executor.
class store_mark {
 public:
    /// `key` of the mark: of a partition whose server is to be known again.
    store_mark(redis::client& client, std::string key, random_source& random, metrics::registry& metrics,
               const time_source& time)
        : client_(client),
          key_(std::move(key)),
          metrics_(metrics),
          time_(time),
          random_(random),
          daemon_(random_id(random)) {}

    enum class finding : std::uint8_t {
        steady,
        wiped,    ///< another id: the store was emptied, or is another one
        rewound,  ///< what this daemon was told is gone: the store went back in time
        unread,   ///< no answer, or an error: nothing is known
    };
    /// Moves the mark and compares it with what this daemon was told before; what is found is the new truth,
    /// so that each loss is told once. One call at a time.
    [[nodiscard]] boost::asio::awaitable<finding> move();

 private:
    [[nodiscard]] finding compare(const redis::reply& answer);

    redis::client& client_;
    std::string key_;
    metrics::registry& metrics_;
    const time_source& time_;
    random_source& random_;
    std::string daemon_;
    std::string id_;          ///< as it was told; empty: never yet
    std::uint64_t told_ = 0;  ///< the highest number
};

}  // namespace postrider::queue
