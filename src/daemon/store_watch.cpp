#include "store_watch.h"

#include <postrider/queue/ownership.h>
#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {
constexpr milliseconds absence_reported_every{1000};
}

store_watch::store_watch(redis::client& client, const queue::keys& keys,
                         const config::redis_settings& settings, std::function<void(verdict)> report)
    : client_(client),
      keys_(keys),
      durability_(to_string(settings.level)),
      unverified_ok_(settings.durability_unverified),
      report_(std::move(report)) {}

void store_watch::start(const asio::any_io_executor& executor) {
    runtime::spawn(executor, "store watch", run(shared_from_this()));
    runtime::spawn(executor, "store absence", report_absence(shared_from_this()));
}

asio::awaitable<store_watch::verdict> store_watch::look() {
    verdict found;
    const auto store = co_await queue::check_store(client_, keys_);
    if (!store) {
        found.what = standing::foreign;
        found.fault = store.error();
        co_return found;
    }
    found.fault = co_await queue::durability_fault(client_, durability_, unverified_ok_);
    if (!found.fault.empty()) found.what = standing::unfit;
    co_return found;
}

asio::awaitable<void> store_watch::run(std::shared_ptr<store_watch> self) {
    std::uint64_t seen = 0;
    while (co_await client_.wait_connected(seen)) {
        seen = client_.generation();
        auto found = co_await look();
        // What a connection that broke meanwhile seemed to say means nothing: the next one is looked at
        // again.
        if (client_.connected() && client_.generation() == seen) self->report_(std::move(found));
    }
    self->over_ = true;
}

asio::awaitable<void> store_watch::report_absence(std::shared_ptr<store_watch> self) {
    while (!self->over_) {
        if (!client_.connected() && !client_.last_error().empty()) {
            verdict absent;
            absent.what = standing::absent;
            absent.fault = "Redis is away: " + client_.last_error();
            self->report_(std::move(absent));
        }
        co_await runtime::sleep_for(absence_reported_every);
    }
}

}  // namespace postrider::daemon
