#include <postrider/runtime/signal.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <vector>

namespace postrider::runtime {
namespace {

namespace asio = boost::asio;
/// Deferred: without a coroutine of its own for each wait.
constexpr auto as_value = asio::as_tuple(asio::deferred);

/// One `wait_for`; lies in its coroutine's frame.
struct timed_waiter {
    explicit timed_waiter(const asio::any_io_executor& executor) : timer(executor) {}
    asio::steady_timer timer;
    bool notified = false;
};

}  // namespace

struct signal::state {
    explicit state(const asio::any_io_executor& on) : executor(on), forever(on, monotonic_time::max()) {}

    asio::any_io_executor executor;
    asio::steady_timer forever;  // never expires: cancelling it resumes all who wait on it
    std::vector<timed_waiter*> timed;

    void notify_all() {
        forever.cancel();
        for (timed_waiter* waiter : timed) {
            waiter->notified = true;
            waiter->timer.cancel();
        }
        timed.clear();
    }

    /// Also when the frame is destroyed without being resumed, as an io_context does at its end.
    struct registration {
        state& where;
        timed_waiter& who;
        registration(state& list, timed_waiter& waiter) : where(list), who(waiter) {
            where.timed.push_back(&who);
        }
        ~registration() { std::erase(where.timed, &who); }
        registration(const registration&) = delete;
        registration& operator=(const registration&) = delete;
    };
};

signal::signal(const asio::any_io_executor& executor) : state_(std::make_shared<state>(executor)) {}

signal::~signal() {
    state_->notify_all();
}

void signal::notify_all() {
    state_->notify_all();
}

asio::awaitable<void> signal::wait() {
    const auto held = state_;  // the signal may be gone when this resumes
    co_await held->forever.async_wait(as_value);
}

asio::awaitable<bool> signal::wait_for(milliseconds longest) {
    const auto held = state_;
    timed_waiter waiter(held->executor);
    const state::registration registered(*held, waiter);
    waiter.timer.expires_after(longest);
    co_await waiter.timer.async_wait(as_value);
    co_return waiter.notified;
}

asio::awaitable<void> sleep_for(milliseconds duration) {
    asio::steady_timer timer(co_await asio::this_coro::executor, duration);
    co_await timer.async_wait(as_value);
}

}  // namespace postrider::runtime
