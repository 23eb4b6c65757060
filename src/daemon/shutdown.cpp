#include "configuration_change.h"
#include "daemon.h"

#include <postrider/log/log.h>

#include <boost/asio/post.hpp>

#include <csignal>
#include <cstdlib>

namespace postrider::daemon {
namespace {

/// For sends under way. Container runtimes kill after 10 s by default: everything must fit in that.
constexpr milliseconds grace{6000};
/// A ladder that takes longer than all its bounded steps together is a bug: leave, and let the restart
/// recover.
constexpr std::chrono::seconds whole_ladder{20};

}  // namespace

void daemon::await_signal() {
    signals_.async_wait([this](const boost::system::error_code& cut, int number) {
        if (cut) return;
        on_signal(number);
        await_signal();
    });
}

void daemon::on_signal(int number) {
    switch (number) {
        case SIGHUP:
            return reload_and("SIGHUP", made_by("signal"), [](const auto&) {});
        case SIGCHLD:
            if (embedded_ && !stopping_) embedded_->supervise();
            return;
        default:
            break;
    }
    if (stopping_) return hurry();
    log::info("stopping",
              {{"signal", number == SIGTERM ? "SIGTERM" : "SIGINT"}, {"grace_ms", grace.count()}});
    stop();
}

void daemon::stop() {
    stopping_ = true;
    manager_.stopping();
    if (watchdog_) watchdog_->stop();
    ingest_->close();
    admin_->close();
    if (file_watch_) file_watch_->stop();
    if (catalog_watch_) shards_.front()->shard.post([watch = catalog_watch_] { watch->stop(); });
    for (auto& stack : shards_) {
        stack->shard.post([this, at = stack.get()] {
            at->stop(grace, [this] { boost::asio::post(io_, [this] { on_shard_stopped(); }); });
        });
    }
    stop_deadline_.expires_after(whole_ladder);
    stop_deadline_.async_wait([](const boost::system::error_code& cut) {
        if (cut) return;
        log::error("the shutdown did not end in time; what is in flight is recovered at the next start");
        log::flush();
        std::_Exit(1);
    });
}

void daemon::hurry() {
    log::warning("second signal: attempts under way are cut");
    for (auto& stack : shards_)
        stack->shard.post([at = stack.get()] { at->hurry(); });
}

void daemon::on_shard_stopped() {
    if (--running_shards_ > 0) return;
    for (auto& stack : shards_)
        stack->shard.stop();
    for (auto& stack : shards_)
        stack->shard.join();
    io_.stop();
}

}  // namespace postrider::daemon
