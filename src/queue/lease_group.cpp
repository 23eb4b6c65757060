#include "lease_group.h"

#include <postrider/log/log.h>
#include <postrider/runtime/shard.h>

#include <chrono>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

constexpr milliseconds between_looks{1000};  ///< for due retries and queues with work
constexpr milliseconds after_failure{50};    ///< before a reconciliation is tried again
constexpr milliseconds while_short{100};     ///< between looks for partitions of the share that others hold
constexpr milliseconds while_giving{20};     ///< between looks at what is in flight in partitions to give

}  // namespace

void lease_group::start(std::string_view name, asio::awaitable<void> work) {
    ++running;
    runtime::spawn(executor, name, std::move(work), [self = shared_from_this()] {
        --self->running;
        self->ended.notify_all();
    });
}

void lease_group::lose(std::uint32_t partition, std::string_view why) {
    if (!table.is_owned(partition)) return;
    log::warning("partition lost", {{"partition", partition}, {"reason", why}});
    table.note_lost(partition);
    show_owned();
    told_store->forget(partition);
    told_dispatch->on_lost(partition);
}

void lease_group::show_owned() {
    const std::size_t owned = table.held_count();
    scripts.metrics.change_partitions_owned(static_cast<std::int64_t>(owned) -
                                            static_cast<std::int64_t>(shown));
    shown = owned;
}

/// Everything about leases happens in this one loop: its steps never overlap.
asio::awaitable<void> lease_group::keep(std::shared_ptr<lease_group> self) {
    while (!self->stopping) {
        if (must_reconcile()) {
            co_await reconcile_connection();
            if (must_reconcile() && !stopping) co_await wake.wait_for(after_failure);
            continue;
        }
        asked = false;
        bool tended = true;
        if (client.connected()) tended = co_await tend();
        if (must_reconcile() || stopping || asked) continue;
        co_await wake.wait_for(tended ? until_next_look() : std::min(after_failure, between_renewals));
    }
}

milliseconds lease_group::until_next_look() const {
    if (!client.connected()) return between_renewals;  // and woken as soon as it is
    const auto left = std::chrono::ceil<milliseconds>(next_renewal - scripts.time.monotonic_now());
    const auto until_renewal = std::clamp(left, milliseconds(1), between_renewals);
    if (!table.surplus().empty()) return std::min(until_renewal, while_giving);
    if (table.is_short()) return std::min(until_renewal, while_short);
    return until_renewal;
}

void lease_group::ask() {
    asked = true;
    wake.notify_all();
}

asio::awaitable<void> lease_group::look(std::shared_ptr<lease_group> self) {
    while (!self->stopping) {
        co_await ended.wait_for(between_looks);
        show_owned();  // a lease runs out without a word from Redis
        if (!stopping) told_store->promote_due(only);
    }
}

asio::awaitable<void> lease_group::watch_connection(std::shared_ptr<lease_group> self) {
    std::uint64_t seen = 0;
    while (!self->stopping) {
        const bool connected = co_await client.wait_connected(seen);
        if (!connected || self->stopping) co_return;
        seen = client.generation();
        wake.notify_all();
    }
}

asio::awaitable<void> lease_group::reconcile_connection() {
    told_store->close_gate(only);
    table.note_unrecovered();
    const std::uint64_t generation = client.generation();
    const bool done = co_await reconcile();
    if (!done || stopping) co_return;
    if (!client.connected() || client.generation() != generation) co_return;
    reconciled = generation;
    told_store->open_gate(only);
    told_store->promote_due(only);
}

asio::awaitable<bool> lease_group::reconcile() {
    const auto server = co_await read_run_id(connection());
    if (!server) co_return false;
    // A restart or a failover may have taken Redis back in time, to where a token of ours was not yet used:
    // late copies of commands must not fit any more.
    const bool doubted = std::exchange(distrusted, false);
    if (doubted || (!run_id.empty() && run_id != *server)) {
        const bool exchanged = co_await exchange_tokens();
        if (!exchanged) {
            distrusted = distrusted || doubted;
            co_return false;
        }
    }
    run_id = *server;
    next_renewal = {};
    co_return co_await tend();
}

/// One await in a statement: GCC 12 at -O2 makes a trap of `co_await a() && co_await b()`.
asio::awaitable<bool> lease_group::tend() {
    const bool renewed = co_await renew();
    if (!renewed) co_return false;
    const bool recovered = co_await recover();
    if (!recovered) co_return false;
    const bool given = co_await give();
    if (!given) co_return false;
    co_return co_await seek();
}

asio::awaitable<bool> lease_group::exchange_tokens() {
    std::vector<lease_table::bid> bids;
    for (const std::uint32_t partition : table.owned())
        bids.push_back(table.make_exchange(partition));
    return bid_for(std::move(bids));
}

/// False when there was no answer.
asio::awaitable<bool> lease_group::bid_for(std::vector<lease_table::bid> bids) {
    if (bids.empty()) co_return true;
    const auto sent_at = scripts.time.boot_now();
    const lease_verdicts verdicts = co_await acquire_leases(confirmed_connection(), holder, bids);
    if (verdicts.of.empty()) co_return false;
    // Without enough replicas it is ours, and nothing may begin: a failover could give it to another.
    const auto counts_from = verdicts.confirmed ? sent_at : boot_clock::time_point::min();
    for (std::size_t index = 0; index < bids.size(); ++index) {
        if (verdicts.of[index] == lease_verdict::ours) {
            table.note_won(bids[index], counts_from);
            show_owned();
            continue;
        }
        if (verdicts.of[index] == lease_verdict::faulty)
            log::error("a lease cannot be taken: its keys cannot be read",
                       {{"key", keys.token(bids[index].partition)}});
        lose(bids[index].partition, "another owner, or the lease is gone");
        table.note_refused(bids[index]);
    }
    co_return true;
}

std::vector<held_lease> lease_group::held_leases() const {
    std::vector<held_lease> leases;
    for (const std::uint32_t partition : table.owned()) {
        held_lease& lease = leases.emplace_back();
        lease.partition = partition;
        lease.token = table.settle_token(partition);
    }
    return leases;
}

asio::awaitable<bool> lease_group::renew() {
    if (scripts.time.monotonic_now() < next_renewal) co_return true;
    next_renewal = scripts.time.monotonic_now() + between_renewals;
    const auto sent_at = scripts.time.boot_now();
    const std::vector<held_lease> leases = held_leases();
    if (leases.empty()) co_return true;
    const lease_verdicts verdicts = co_await touch_leases(confirmed_connection(), script::renew, leases);
    for (std::size_t index = 0; index < verdicts.of.size(); ++index) {
        // Fenced by another script meanwhile: this answer is about a lease that is gone.
        if (table.settle_token(leases[index].partition) != leases[index].token) continue;
        if (verdicts.of[index] != lease_verdict::ours)
            lose(leases[index].partition, "another owner, or the lease is gone");
        else if (verdicts.confirmed)
            table.note_renewed(leases[index].partition, sent_at);
    }
    show_owned();
    if (verdicts.of.empty()) next_renewal = {};
    co_return !verdicts.of.empty();
}

asio::awaitable<bool> lease_group::recover() {
    bool recovered_some = false;
    for (const std::uint32_t partition : table.unrecovered()) {
        const bool done = co_await told_store->recover(partition);
        if (stopping || (!done && table.is_owned(partition))) co_return false;
        if (!done) continue;  // fenced
        table.note_recovered(partition);
        recovered_some = true;
    }
    if (recovered_some) told_store->promote_due(only);
    co_return true;
}

asio::awaitable<bool> lease_group::seek() {
    const std::vector<std::uint32_t> wanted = table.not_owned();
    if (wanted.empty()) co_return true;
    const auto seen = co_await read_leases(connection(), wanted);
    if (seen.empty()) co_return false;
    std::vector<lease_table::bid> bids;
    for (std::size_t index = 0; index < wanted.size(); ++index)
        if (table.note_read(wanted[index], seen[index].token, seen[index].beat))
            bids.push_back(table.make_bid(wanted[index]));
    const std::size_t before = table.owned_count();
    const bool answered = co_await bid_for(std::move(bids));
    if (!answered) co_return false;
    if (table.owned_count() > before)
        log::info("partitions taken",
                  {{"taken", table.owned_count() - before}, {"owned", table.owned_count()}});
    co_return co_await recover();
}

}  // namespace postrider::queue
