#include "watchdog.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace postrider::daemon {

watchdog::watchdog(const boost::asio::any_io_executor& executor, std::vector<runtime::shard*> shards,
                   std::chrono::microseconds interval, std::function<void()> alive)
    : timer_(executor), shards_(std::move(shards)), interval_(interval), alive_(std::move(alive)) {}

void watchdog::start() {
    if (unanswered_ == 0) ask();
    timer_.expires_after(interval_);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& cut) {
        if (!cut && !self->stopped_) self->start();
    });
}

void watchdog::stop() {
    stopped_ = true;
    timer_.cancel();
}

void watchdog::ask() {
    unanswered_ = shards_.size();
    for (runtime::shard* const shard : shards_) {
        shard->post([self = shared_from_this(), back = timer_.get_executor()] {
            boost::asio::post(back, [self] { self->on_answer(); });
        });
    }
}

void watchdog::on_answer() {
    if (--unanswered_ == 0 && !stopped_) alive_();
}

}  // namespace postrider::daemon
