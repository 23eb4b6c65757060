#pragma once

#include <postrider/base/clock.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>

namespace postrider::runtime {

/// Lets coroutines of one shard wait for something to change. Waiters test their own predicate before and
/// after: a notification without a waiter is not kept. Not thread-safe.
class signal {
 public:
    explicit signal(const boost::asio::any_io_executor& executor);
    ~signal();
    signal(const signal&) = delete;
    signal& operator=(const signal&) = delete;

    /// Resumes every waiter.
    void notify_all();
    [[nodiscard]] boost::asio::awaitable<void> wait();
    /// At most `longest`; gives false when that went by first.
    [[nodiscard]] boost::asio::awaitable<bool> wait_for(milliseconds longest);

 private:
    struct state;
    std::shared_ptr<state> state_;
};

/// Waits on the executor's timer.
[[nodiscard]] boost::asio::awaitable<void> sleep_for(milliseconds duration);

}  // namespace postrider::runtime
