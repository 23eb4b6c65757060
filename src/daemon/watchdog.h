#pragma once

#include <postrider/runtime/shard.h>

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace postrider::daemon {

/// Proves again and again that the daemon is not stuck: `alive` is called, on the executor's thread, when
/// every shard has run what was posted to it, and so has the executor itself. While one shard does not
/// answer, nothing is called and nothing more is posted.
class watchdog : public std::enable_shared_from_this<watchdog> {
 public:
    /// The shards outlive it, or are joined before it is stopped.
    watchdog(const boost::asio::any_io_executor& executor, std::vector<runtime::shard*> shards,
             std::chrono::microseconds interval, std::function<void()> alive);

    /// The first time at once, then at every interval. On the executor's thread, as is `stop`.
    void start();
    void stop();

 private:
    void ask();
    void on_answer();

    boost::asio::steady_timer timer_;
    std::vector<runtime::shard*> shards_;
    std::chrono::microseconds interval_;
    std::function<void()> alive_;
    std::size_t unanswered_ = 0;
    bool stopped_ = false;
};

}  // namespace postrider::daemon
