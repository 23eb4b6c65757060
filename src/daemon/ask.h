#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <utility>

namespace postrider::daemon {

/// One answer that comes by callback, on the executor, and a wait for it that has an end. Shared between the
/// two: the asker may be gone when the answer comes.
template <typename Answer>
class question {
 public:
    explicit question(
        const boost::asio::any_io_executor& executor,
        boost::asio::steady_timer::time_point until = boost::asio::steady_timer::time_point::max())
        : timer_(executor, until) {}

    void answer(Answer given) {
        answer_ = std::move(given);
        timer_.cancel();
    }
    /// Nothing: the time was over first.
    boost::asio::awaitable<std::optional<Answer>> wait() {
        if (!answer_) co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        co_return std::move(answer_);
    }

 private:
    boost::asio::steady_timer timer_;
    std::optional<Answer> answer_;
};

}  // namespace postrider::daemon
