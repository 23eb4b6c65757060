#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string_view>

namespace postrider::runtime {

/// One io_context and its one thread: nothing in it is shared, so nothing in it needs a lock.
/// Everything that belongs to a shard is made, used and destroyed on its thread, or before `start`
/// and after `join`.
class shard {
 public:
    explicit shard(std::size_t index);
    ~shard();  ///< stops and joins
    shard(const shard&) = delete;
    shard& operator=(const shard&) = delete;

    [[nodiscard]] std::size_t index() const noexcept;
    [[nodiscard]] boost::asio::any_io_executor executor() const noexcept;

    /// Begins running handlers on a thread of its own.
    void start();
    /// Lets the thread end as soon as it finished the handler it is in. Thread-safe.
    void stop();
    void join();

    /// Runs `work` on the shard's thread; thread-safe. The only way from one shard to another.
    void post(std::function<void()> work);

 private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Starts a coroutine whose unexpected exception is logged under `name` and ends the process: it would be a
/// bug, and going on with half a state could lose events. (`detached` would swallow it.)
/// `done`, if given, runs on the executor when the coroutine ended.
void spawn(const boost::asio::any_io_executor& executor, std::string_view name,
           boost::asio::awaitable<void> work, std::function<void()> done = {});

}  // namespace postrider::runtime
