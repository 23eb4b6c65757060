#include "lease_group.h"

#include <postrider/log/log.h>

#include <chrono>

namespace postrider::queue {
namespace asio = boost::asio;

/// Releases what is not of the share and has nothing in flight. No claim of ours is under way then: reading
/// the leases is a round trip behind every call that still named the token.
asio::awaitable<bool> lease_group::give() {
    const std::vector<std::uint32_t> surplus = table.surplus();
    if (surplus.empty()) co_return true;
    const auto seen = co_await read_leases(connection(), surplus);
    if (seen.empty()) co_return false;
    std::vector<held_lease> quiet;
    for (const std::uint32_t partition : table.surplus()) {
        if (told_store->held_in(partition) > 0 || std::ranges::find(surplus, partition) == surplus.end())
            continue;
        held_lease& lease = quiet.emplace_back();
        lease.partition = partition;
        lease.token = table.settle_token(partition);
    }
    if (quiet.empty()) co_return true;
    co_return co_await give(std::move(quiet));
}

asio::awaitable<bool> lease_group::give(std::vector<held_lease> leases) {
    const lease_verdicts verdicts = co_await touch_leases(connection(), script::release, leases);
    if (verdicts.of.empty()) co_return false;
    tell_freed();
    for (const held_lease& lease : leases) {
        if (table.settle_token(lease.partition) != lease.token) continue;
        table.note_lost(lease.partition);
        told_store->forget(lease.partition);
        told_dispatch->on_lost(lease.partition);
    }
    show_owned();
    log::info("partitions handed over", {{"given", leases.size()}, {"owned", table.owned_count()}});
    co_return true;
}

/// A message that is lost costs the others a moment.
void lease_group::tell_freed() {
    client.call(redis::command("PUBLISH", keys.members_channel(), "f"), client.generation(),
                [](const redis::call_result&) {});
}

asio::awaitable<void> lease_group::release(std::shared_ptr<lease_group> self) {
    const lease_verdicts verdicts = co_await touch_leases(connection(), script::release, held_leases());
    tell_freed();
    for (const std::uint32_t partition : self->table.owned())
        self->table.note_lost(partition);
    show_owned();
    if (!verdicts.of.empty()) log::info("partitions released", {{"released", verdicts.of.size()}});
}

void lease_group::begin_release() {
    told_store->close_gate(only);
    if (client.connected() && table.owned_count() > 0) start("lease release", release(shared_from_this()));
}

asio::awaitable<void> lease_group::wait_ended(std::shared_ptr<lease_group> self, monotonic_time end) {
    while (self->running > 0) {
        const auto left = std::chrono::duration_cast<milliseconds>(end - scripts.time.monotonic_now());
        if (left.count() <= 0) co_return;
        co_await ended.wait_for(left);
    }
}

}  // namespace postrider::queue
