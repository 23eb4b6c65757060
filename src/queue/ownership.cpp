#include "lease_calls.h"
#include "lease_table.h"

#include <postrider/log/log.h>
#include <postrider/queue/ownership.h>
#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

constexpr milliseconds between_looks{1000};       ///< for due retries and queues with work
constexpr milliseconds after_failure{50};         ///< before a reconciliation is tried again
constexpr milliseconds stop_takes_at_most{2000};  ///< waiting for calls that Redis does not answer

/// For people who look at an `owner` key.
std::string holder_name() {
    char host[256] = {};
    if (gethostname(host, sizeof host - 1) != 0) return std::to_string(getpid());
    return std::string(host) + ':' + std::to_string(getpid());
}

}  // namespace

/// The leases of partitions behind one connection.
struct ownership::group : std::enable_shared_from_this<ownership::group> {
    group(const asio::any_io_executor& on, redis::client& redis, const keys& names, random_source& random,
          metrics::registry& metrics, const time_source& clock, settings wanted,
          std::optional<std::uint32_t> only_partition)
        : executor(on),
          client(redis),
          keys(names),
          scripts(script_surroundings{redis, metrics, clock}),
          table(names.partitions(), std::move(wanted.partitions), wanted.lease, wanted.exclusive, random,
                clock),
          between_renewals(std::max(wanted.lease / 5, milliseconds(1))),
          only(only_partition),
          replicated(wanted.replicated),
          wake(on),
          ended(on) {}

    const asio::any_io_executor executor;
    redis::client& client;
    const queue::keys& keys;
    const script_surroundings scripts;
    lease_table table;
    const milliseconds between_renewals;
    const std::optional<std::uint32_t> only;  ///< the one partition behind the connection, on a Cluster
    const replication replicated;
    runtime::signal wake;
    runtime::signal ended;
    store* told_store = nullptr;
    dispatch_port* told_dispatch = nullptr;
    std::string run_id;
    std::uint64_t reconciled = 0;  ///< generation
    bool distrusted = false;       ///< the store went back in time, on whatever connection
    std::size_t shown = 0;         ///< partitions, in the metric
    int running = 0;
    bool stopping = false;

    [[nodiscard]] lease_connection connection() const {
        return lease_connection(scripts, keys, executor, client.generation());
    }
    /// For what makes and keeps leases.
    [[nodiscard]] lease_connection confirmed_connection() const {
        lease_connection wanted = connection();
        wanted.replicated = replicated;
        wanted.replicated.timeout = std::min(replicated.timeout, between_renewals);
        return wanted;
    }
    [[nodiscard]] bool must_reconcile() const {
        return client.connected() && (client.generation() != reconciled || distrusted);
    }
    void start(std::string_view name, asio::awaitable<void> work);
    void lose(std::uint32_t partition, std::string_view why);
    void show_owned();
    asio::awaitable<void> keep(std::shared_ptr<group> self);
    asio::awaitable<void> look(std::shared_ptr<group> self);
    asio::awaitable<void> watch_connection(std::shared_ptr<group> self);
    asio::awaitable<void> reconcile_connection();
    asio::awaitable<bool> reconcile();
    asio::awaitable<bool> tend();
    asio::awaitable<bool> exchange_tokens();
    asio::awaitable<bool> bid_for(std::vector<lease_table::bid> bids);
    asio::awaitable<bool> renew();
    asio::awaitable<bool> recover();
    asio::awaitable<bool> seek();
    asio::awaitable<void> release(std::shared_ptr<group> self);
    [[nodiscard]] std::vector<held_lease> held_leases() const;
    asio::awaitable<void> wait_ended(std::shared_ptr<group> self);
};

void ownership::group::start(std::string_view name, asio::awaitable<void> work) {
    ++running;
    runtime::spawn(executor, name, std::move(work), [self = shared_from_this()] {
        --self->running;
        self->ended.notify_all();
    });
}

void ownership::group::lose(std::uint32_t partition, std::string_view why) {
    if (!table.is_owned(partition)) return;
    log::warning("partition lost", {{"partition", partition}, {"reason", why}});
    table.note_lost(partition);
    show_owned();
    told_store->forget(partition);
    told_dispatch->on_lost(partition);
}

void ownership::group::show_owned() {
    const std::size_t owned = table.owned_count();
    scripts.metrics.change_partitions_owned(static_cast<std::int64_t>(owned) -
                                            static_cast<std::int64_t>(shown));
    shown = owned;
}

/// Everything about leases happens in this one loop: its steps never overlap.
asio::awaitable<void> ownership::group::keep(std::shared_ptr<group> self) {
    while (!self->stopping) {
        if (must_reconcile()) {
            co_await reconcile_connection();
            if (must_reconcile() && !stopping) co_await wake.wait_for(after_failure);
            continue;
        }
        if (client.connected()) co_await tend();
        if (!must_reconcile() && !stopping) co_await wake.wait_for(between_renewals);
    }
}

asio::awaitable<void> ownership::group::look(std::shared_ptr<group> self) {
    while (!self->stopping) {
        co_await ended.wait_for(between_looks);
        if (!stopping) told_store->promote_due(only);
    }
}

asio::awaitable<void> ownership::group::watch_connection(std::shared_ptr<group> self) {
    std::uint64_t seen = 0;
    while (!self->stopping) {
        const bool connected = co_await client.wait_connected(seen);
        if (!connected || self->stopping) co_return;
        seen = client.generation();
        wake.notify_all();
    }
}

asio::awaitable<void> ownership::group::reconcile_connection() {
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

asio::awaitable<bool> ownership::group::reconcile() {
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
    co_return co_await tend();
}

/// One await in a statement: GCC 12 at -O2 makes a trap of `co_await a() && co_await b()`.
asio::awaitable<bool> ownership::group::tend() {
    const bool renewed = co_await renew();
    if (!renewed) co_return false;
    const bool recovered = co_await recover();
    if (!recovered) co_return false;
    co_return co_await seek();
}

asio::awaitable<bool> ownership::group::exchange_tokens() {
    std::vector<lease_table::bid> bids;
    for (const std::uint32_t partition : table.owned())
        bids.push_back(table.make_exchange(partition));
    return bid_for(std::move(bids));
}

/// False when there was no answer.
asio::awaitable<bool> ownership::group::bid_for(std::vector<lease_table::bid> bids) {
    if (bids.empty()) co_return true;
    const auto sent_at = scripts.time.boot_now();
    const lease_verdicts verdicts = co_await acquire_leases(confirmed_connection(), holder_name(), bids);
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
            log::error("a lease cannot be taken: its key is odd",
                       {{"key", keys.owner(bids[index].partition)}});
        lose(bids[index].partition, "another owner, or the lease is gone");
        table.note_refused(bids[index]);
    }
    co_return true;
}

std::vector<held_lease> ownership::group::held_leases() const {
    std::vector<held_lease> leases;
    for (const std::uint32_t partition : table.owned()) {
        held_lease& lease = leases.emplace_back();
        lease.partition = partition;
        lease.token = table.settle_token(partition);
    }
    return leases;
}

asio::awaitable<bool> ownership::group::renew() {
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
    co_return !verdicts.of.empty();
}

asio::awaitable<bool> ownership::group::recover() {
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

asio::awaitable<bool> ownership::group::seek() {
    const std::vector<std::uint32_t> wanted = table.wanted();
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

asio::awaitable<void> ownership::group::release(std::shared_ptr<group> self) {
    const lease_verdicts verdicts = co_await touch_leases(connection(), script::release, held_leases());
    for (const std::uint32_t partition : self->table.owned())
        self->table.note_lost(partition);
    show_owned();
    if (!verdicts.of.empty()) log::info("partitions released", {{"released", verdicts.of.size()}});
}

asio::awaitable<void> ownership::group::wait_ended(std::shared_ptr<group> self) {
    const monotonic_time end = self->scripts.time.monotonic_now() + stop_takes_at_most;
    while (running > 0) {
        const auto left = std::chrono::duration_cast<milliseconds>(end - scripts.time.monotonic_now());
        if (left.count() <= 0) co_return;
        co_await ended.wait_for(left);
    }
}

struct ownership::impl {
    std::vector<std::shared_ptr<group>> groups;
    std::map<std::uint32_t, group*> by_partition;  ///< on a Cluster; empty: the only group has everything

    [[nodiscard]] group* find(std::uint32_t partition) const {
        if (by_partition.empty()) return groups.front().get();
        const auto found = by_partition.find(partition);
        return found == by_partition.end() ? nullptr : found->second;
    }
};

ownership::ownership(const asio::any_io_executor& executor, redis::client& client, const keys& keys,
                     random_source& random, metrics::registry& metrics, const time_source& time,
                     settings settings)
    : impl_(std::make_shared<impl>()) {
    impl_->groups.push_back(std::make_shared<group>(executor, client, keys, random, metrics, time,
                                                    std::move(settings), std::nullopt));
}

ownership::ownership(const asio::any_io_executor& executor, redis::links& links, const keys& keys,
                     random_source& random, metrics::registry& metrics, const time_source& time,
                     settings wanted)
    : impl_(std::make_shared<impl>()) {
    if (!links.is_split()) {
        impl_->groups.push_back(std::make_shared<group>(executor, links.of(0), keys, random, metrics, time,
                                                        std::move(wanted), std::nullopt));
        return;
    }
    for (const std::uint32_t partition : wanted.partitions) {
        settings one = wanted;
        one.partitions = std::vector{partition};
        one.replicated.slot = keys.slot(partition);
        impl_->groups.push_back(std::make_shared<group>(executor, links.of(keys.slot(partition)), keys,
                                                        random, metrics, time, std::move(one), partition));
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

template <typename Group>
asio::awaitable<void> stop_and_release(std::shared_ptr<Group> group) {
    co_await group->wait_ended(group);
    group->told_store->close_gate(group->only);
    if (!group->client.connected() || group->table.owned_count() == 0) co_return;
    group->start("lease release", group->release(group));
    co_await group->wait_ended(group);
}

template <typename State>
asio::awaitable<void> stop_all(std::shared_ptr<State> state) {
    for (const auto& group : state->groups) {
        group->stopping = true;
        group->wake.notify_all();
        group->ended.notify_all();
    }
    for (const auto& group : state->groups)
        co_await stop_and_release(group);
}

}  // namespace

asio::awaitable<void> ownership::stop() {
    return stop_all(impl_);
}

std::string_view ownership::token(std::uint32_t partition) const noexcept {
    const group* const found = impl_->find(partition);
    return found == nullptr ? std::string_view() : found->table.token(partition);
}

std::string_view ownership::settle_token(std::uint32_t partition) const noexcept {
    const group* const found = impl_->find(partition);
    return found == nullptr ? std::string_view() : found->table.settle_token(partition);
}

void ownership::on_fenced(std::uint32_t partition) {
    if (group* const found = impl_->find(partition)) found->lose(partition, "fenced");
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
        owned += group->table.owned_count();
    return owned;
}

}  // namespace postrider::queue
