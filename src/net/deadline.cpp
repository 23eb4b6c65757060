#include <postrider/net/deadline.h>

#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace postrider::net {

/// Disarming does not cancel the timer and arming rarely moves it: a timer that fires early looks at the
/// deadline that holds by then and waits for the rest. So a connection that serves many exchanges moves its
/// timer once a deadline's length, not twice an exchange, and the kernel hears of it as rarely.
struct deadline::state : std::enable_shared_from_this<state> {
    explicit state(const boost::asio::any_io_executor& executor) : timer(executor) {}

    // What each exchange needs comes first, side by side.
    monotonic_time due = monotonic_time::max();
    bool waiting = false;
    bool fired = false;
    std::function<void()> cut;
    boost::asio::steady_timer timer;

    void wait() {
        waiting = true;
        timer.expires_at(due);
        timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (!error) self->on_time();
        });
    }

    void on_time() {
        waiting = false;
        if (!cut) return;
        if (std::chrono::steady_clock::now() < due) return wait();
        fired = true;
        const auto call = std::exchange(cut, nullptr);
        call();
    }
};

deadline::deadline(const boost::asio::any_io_executor& executor)
    : state_(std::make_shared<state>(executor)) {}

deadline::~deadline() {
    state_->cut = nullptr;
    state_->timer.cancel();
}

void deadline::arm(milliseconds from_now, std::function<void()> cut) {
    state_->fired = false;
    state_->cut = std::move(cut);
    state_->due = std::chrono::steady_clock::now() + from_now;
    if (!state_->waiting || state_->due < state_->timer.expiry()) state_->wait();
}

void deadline::disarm() {
    state_->cut = nullptr;
}

bool deadline::fired() const noexcept {
    return state_->fired;
}

}  // namespace postrider::net
