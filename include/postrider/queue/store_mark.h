#pragma once

#include <postrider/base/random.h>
#include <postrider/metrics/registry.h>
#include <postrider/queue/replication.h>
#include <postrider/redis/client.h>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace postrider::queue {

/// Knows a store again by a mark in it: a random id, made with the store, and a number that every daemon
/// moves. Lives on the client's executor.
class store_mark {
 public:
    /// `key` of the mark: of a partition whose server is to be known again. `replicated`: for its slot.
    store_mark(redis::client& client, replication replicated, std::string key, random_source& random,
               metrics::registry& metrics, const time_source& time)
        : client_(client),
          replicated_(replicated),
          key_(std::move(key)),
          metrics_(metrics),
          time_(time),
          random_(random),
          daemon_(random_id(random)) {}

    enum class finding : std::uint8_t {
        steady,
        wiped,    ///< another id: the store was emptied, or is another one
        rewound,  ///< what this daemon knew it to have is gone: the store went back in time
        unread,   ///< no answer, or an error: nothing is known
    };
    /// Moves the mark and compares it with what the store is known to have; what is found is the new truth,
    /// so that each loss is told once. Where replicas are waited for, known is only what enough of them have,
    /// since a failover may take back the rest: a second move, over the connection that waits, is behind each
    /// one that finds nothing, and the next call here takes up what came of it. One call at a time.
    [[nodiscard]] boost::asio::awaitable<finding> move();

 private:
    struct question;

    [[nodiscard]] finding take_up();
    [[nodiscard]] finding compare(const redis::reply& answer);
    void learn(const redis::reply& answer);
    void ask_replicas();

    redis::client& client_;
    replication replicated_;
    std::string key_;
    metrics::registry& metrics_;
    const time_source& time_;
    random_source& random_;
    std::string daemon_;
    std::string id_;            ///< of the store that is known; empty: none
    std::uint64_t number_ = 0;  ///< that it is known to have
    std::uint64_t told_ = 0;    ///< the highest number of all
    std::shared_ptr<question> asked_;
};

}  // namespace postrider::queue
