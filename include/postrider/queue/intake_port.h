#pragma once

#include <postrider/queue/delivery.h>

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace postrider::queue {

/// What intake knows of the queue. Called on the shard that took the request in.
class intake_port {
 public:
    virtual ~intake_port() = default;
    /// Stores events under the configured durability; the answers are in their order. Ends within a second,
    /// with `unavailable` for what Redis had not confirmed by then.
    [[nodiscard]] virtual boost::asio::awaitable<std::vector<enqueue_answer>> enqueue(
        std::vector<new_event> events) = 0;
};

}  // namespace postrider::queue
