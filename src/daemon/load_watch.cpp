#include "load_watch.h"

#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <algorithm>
#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {
constexpr milliseconds between_sums{1000};
constexpr std::size_t queues_at_once = 1024;
constexpr std::size_t queues_a_call = 256;
}  // namespace

load_watch::load_watch(redis::client& client, queue::inspection& inspection, limited_queues queues,
                       std::function<void(store_load)> report)
    : client_(client), inspection_(inspection), queues_(std::move(queues)), report_(std::move(report)) {}

void load_watch::start(const asio::any_io_executor& executor) {
    runtime::spawn(executor, "load watch", run(shared_from_this()));
}

asio::awaitable<void> load_watch::run(std::shared_ptr<load_watch> self) {
    while (co_await client_.wait_connected()) {
        const auto totals = co_await self->inspection_.read_totals();
        if (totals) {
            store_load load;
            const std::uint64_t begun = totals->accepted + totals->replayed;
            const std::uint64_t ended = totals->delivered + totals->dead + totals->expired;
            load.live = begun - std::min(begun, ended);
            load.remembered = totals->remembered;
            co_await read_tenants(load.waiting);
            self->report_(std::move(load));
        }
        co_await runtime::sleep_for(between_sums);
    }
}

asio::awaitable<void> load_watch::read_tenants(std::map<std::string, std::uint64_t>& sums) {
    const auto queues = queues_();
    if (waiting_.size() > 2 * queues.size() + queues_at_once) waiting_.clear();
    std::size_t left = std::min(queues_at_once, queues.size());
    while (left > 0) {
        std::vector<std::string> names;
        for (; left > 0 && names.size() < queues_a_call; --left)
            names.push_back(queues[next_++ % queues.size()]);
        const bool answered = co_await read_some(std::move(names));
        if (!answered) break;
    }
    for (const auto& queue : queues) {
        const auto known = waiting_.find(queue);
        if (known != waiting_.end()) sums[queue.substr(0, queue.find('.'))] += known->second;
    }
}

asio::awaitable<bool> load_watch::read_some(std::vector<std::string> names) {
    const auto waiting = co_await inspection_.waiting(names);
    if (!waiting) co_return false;
    for (std::size_t index = 0; index < names.size(); ++index)
        waiting_[names[index]] = (*waiting)[index];
    co_return true;
}

}  // namespace postrider::daemon
