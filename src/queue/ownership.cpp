#include "lease_group.h"

#include <postrider/queue/ownership.h>
#include <postrider/runtime/shard.h>

#include <map>
#include <optional>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

constexpr milliseconds stop_takes_at_most{2000};  ///< waiting for calls that Redis does not answer

}  // namespace

struct ownership::impl {
    std::vector<std::shared_ptr<lease_group>> groups;
    /// On a Cluster, where a shard may have none; elsewhere empty: the only group has everything.
    std::map<std::uint32_t, lease_group*> by_partition;

    [[nodiscard]] lease_group* find(std::uint32_t partition) const {
        if (groups.empty()) return nullptr;
        if (by_partition.empty()) return groups.front().get();
        const auto found = by_partition.find(partition);
        return found == by_partition.end() ? nullptr : found->second;
    }
};

ownership::ownership(const asio::any_io_executor& executor, redis::client& client, const keys& keys,
                     random_source& random, metrics::registry& metrics, const time_source& time,
                     settings settings)
    : impl_(std::make_shared<impl>()) {
    impl_->groups.push_back(std::make_shared<lease_group>(executor, client, keys, random, metrics, time,
                                                          std::move(settings), std::nullopt));
}

ownership::ownership(const asio::any_io_executor& executor, redis::links& links, const keys& keys,
                     random_source& random, metrics::registry& metrics, const time_source& time,
                     settings wanted)
    : impl_(std::make_shared<impl>()) {
    if (!links.is_split()) {
        impl_->groups.push_back(std::make_shared<lease_group>(executor, links.of(0), keys, random, metrics,
                                                              time, std::move(wanted), std::nullopt));
        return;
    }
    for (const std::uint32_t partition : wanted.partitions) {
        settings one = wanted;
        one.partitions = std::vector{partition};
        one.replicated.slot = keys.slot(partition);
        impl_->groups.push_back(std::make_shared<lease_group>(executor, links.of(keys.slot(partition)), keys,
                                                              random, metrics, time, std::move(one),
                                                              partition));
        impl_->by_partition.emplace(partition, impl_->groups.back().get());
    }
}

ownership::~ownership() {
    for (const auto& group : impl_->groups)
        group->stopping = true;
}

void ownership::attach(store& store, dispatch_port& dispatch) {
    for (const auto& group : impl_->groups) {
        group->told_store = &store;
        group->told_dispatch = &dispatch;
    }
}

void ownership::start() {
    for (const auto& group : impl_->groups) {
        group->start("lease keeper", group->keep(group));
        group->start("queue watch", group->look(group));
        // Ends with the client, which may be long after `stop`: nobody waits for it.
        runtime::spawn(group->executor, "lease connection", group->watch_connection(group));
    }
}

namespace {

/// All at once: a server that does not answer holds nobody up whose leases are elsewhere.
template <typename State>
asio::awaitable<void> wait_all_ended(std::shared_ptr<State> state) {
    const time_source& time = state->groups.front()->scripts.time;
    const monotonic_time end = time.monotonic_now() + stop_takes_at_most;
    for (const auto& group : state->groups)
        co_await group->wait_ended(group, end);
}

template <typename State>
asio::awaitable<void> stop_all(std::shared_ptr<State> state) {
    if (state->groups.empty()) co_return;
    for (const auto& group : state->groups) {
        group->stopping = true;
        group->wake.notify_all();
        group->ended.notify_all();
    }
    co_await wait_all_ended(state);
    for (const auto& group : state->groups)
        group->begin_release();
    co_await wait_all_ended(state);
}

}  // namespace

asio::awaitable<void> ownership::stop() {
    return stop_all(impl_);
}

void ownership::set_share(const std::vector<std::uint32_t>& partitions) {
    for (const auto& group : impl_->groups) {
        group->table.set_share(partitions);
        group->ask();
    }
}

void ownership::look_now() {
    for (const auto& group : impl_->groups)
        if (group->table.is_short()) group->ask();
}

std::string_view ownership::token(std::uint32_t partition) const noexcept {
    const lease_group* const found = impl_->find(partition);
    return found == nullptr ? std::string_view() : found->table.token(partition);
}

std::string_view ownership::settle_token(std::uint32_t partition) const noexcept {
    const lease_group* const found = impl_->find(partition);
    return found == nullptr ? std::string_view() : found->table.settle_token(partition);
}

void ownership::on_fenced(std::uint32_t partition) {
    if (lease_group* const found = impl_->find(partition)) found->lose(partition, "fenced");
}

void ownership::distrust() {
    for (const auto& group : impl_->groups) {
        group->distrusted = true;
        group->wake.notify_all();
    }
}

std::size_t ownership::owned() const noexcept {
    std::size_t owned = 0;
    for (const auto& group : impl_->groups)
        owned += group->table.held_count();
    return owned;
}

}  // namespace postrider::queue
