#pragma once

#include "call_pacer.h"
#include "enqueue_batch.h"

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>

namespace postrider::queue {

/// Gathers events into calls of the enqueue script.
class enqueue_lane final : public lane, public std::enable_shared_from_this<enqueue_lane> {
 public:
    explicit enqueue_lane(std::shared_ptr<store_context> context);

    void add(new_event event, std::function<void(enqueue_answer)> done);
    [[nodiscard]] std::size_t sendable() const override;
    [[nodiscard]] bool is_urgent() const override { return false; }
    void send() override;

    /// Ends its timer; the store is gone.
    void stop() { deadline_timer_.cancel(); }

 private:
    [[nodiscard]] std::shared_ptr<enqueue_batch> gather();
    void finish(const std::shared_ptr<enqueue_batch>& batch, std::uint64_t generation,
                redis::call_result result);
    /// Waits for the replicas, where that is wanted, before anybody is told that it was stored.
    void confirm(const std::shared_ptr<enqueue_batch>& batch, std::uint64_t generation, redis::reply reply);
    [[nodiscard]] bool may_send() const;
    void put_back(std::vector<waiting_event> events);
    /// Answers those whose callers went away; they were never sent.
    void drop_expired();
    void watch_deadlines();

    std::shared_ptr<store_context> context_;
    std::deque<waiting_event> waiting_;
    std::size_t waiting_bytes_ = 0;
    int outstanding_ = 0;  ///< calls
    bool watching_ = false;
    boost::asio::steady_timer deadline_timer_;
};

}  // namespace postrider::queue
