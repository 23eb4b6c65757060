#pragma once

#include "enqueue_batch.h"

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>

namespace postrider::queue {

/// Gathers events into calls of the enqueue script.
class enqueue_lane : public std::enable_shared_from_this<enqueue_lane> {
 public:
    explicit enqueue_lane(std::shared_ptr<store_context> context);

    void add(new_event event, std::function<void(enqueue_answer)> done);
    /// Sends what waits, in the next turn of the executor.
    void schedule_flush();

    /// Ends its timer; the store is gone.
    void stop() { deadline_timer_.cancel(); }

 private:
    void flush();
    void send_batch();
    void finish(const std::shared_ptr<enqueue_batch>& batch, std::uint64_t generation,
                redis::call_result result);
    /// Waits for the replicas, where that is wanted, before anybody is told that it was stored.
    void confirm(const std::shared_ptr<enqueue_batch>& batch, std::uint64_t generation, redis::reply reply);
    void end_call();
    [[nodiscard]] bool may_send() const;
    /// How many events go at once. The more calls are unanswered, the larger the next one is: it waits for
    /// those before it anyway, and what a call costs before its first event is shared by more.
    [[nodiscard]] std::size_t enough() const noexcept;
    /// Whether what waits should go now. While Redis has plenty to do, few events gather company.
    [[nodiscard]] bool is_worth_a_call() const noexcept;
    void put_back(std::vector<waiting_event> events);
    /// Answers those whose callers went away; they were never sent.
    void drop_expired();
    void watch_deadlines();

    std::shared_ptr<store_context> context_;
    std::deque<waiting_event> waiting_;
    std::size_t waiting_bytes_ = 0;
    int outstanding_ = 0;         ///< calls
    std::size_t unanswered_ = 0;  ///< deliveries in calls that Redis has not answered
    bool flush_posted_ = false;
    bool watching_ = false;
    boost::asio::steady_timer deadline_timer_;
};

}  // namespace postrider::queue
