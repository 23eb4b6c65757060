#include "depth_reader.h"
#include "due_watch.h"
#include "enqueue_lane.h"
#include "recovery.h"
#include "settle_lane.h"
#include "store_context.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

/// What works over one connection.
struct store::group {
    explicit group(std::shared_ptr<store_context> shared)
        : context(std::move(shared)),
          due(std::make_shared<due_watch>(context)),
          events(std::make_shared<enqueue_lane>(context)),
          settlements(std::make_shared<settle_lane>(context, due)) {
        const replication& replicated = context->settings.replicated;
        if (!replicated.wanted()) return;
        replicated.client().on_change([lane = events](bool connected) {
            if (connected) lane->schedule_flush();
        });
    }
    ~group() {
        context->stopped = true;
        due->stop();
        events->stop();
        settlements->stop();
    }
    group(const group&) = delete;
    group& operator=(const group&) = delete;

    std::shared_ptr<store_context> context;
    std::shared_ptr<due_watch> due;
    std::shared_ptr<enqueue_lane> events;
    std::shared_ptr<settle_lane> settlements;
};

struct store::impl {
    impl(const queue::keys& names, dispatch_port& dispatcher, const asio::any_io_executor& on)
        : keys(names), dispatch(dispatcher), executor(on) {}

    const queue::keys& keys;
    dispatch_port& dispatch;
    asio::any_io_executor executor;
    std::vector<std::unique_ptr<group>> groups;
    std::map<std::uint32_t, group*> by_partition;  ///< on a Cluster; empty: the only group has everything
    bool spreading = false;                        ///< claims will be collected for all groups

    [[nodiscard]] group* find(std::uint32_t partition) const {
        if (groups.empty()) return nullptr;
        if (by_partition.empty()) return groups.front().get();
        const auto found = by_partition.find(partition);
        return found == by_partition.end() ? nullptr : found->second;
    }
    [[nodiscard]] group& of(std::uint32_t partition) const { return *find(partition); }
    void spread_claims();
};

/// Collects claims for all connections and gives each to its own.
void store::impl::spread_claims() {
    spreading = false;
    std::vector<dispatch_port::claim> claims;
    dispatch.collect_claims(claims, most_items);
    const bool may_be_more = claims.size() >= most_items;
    for (auto& claim : claims) {
        group& place = of(claim.partition);
        place.settlements->want(std::move(claim));
    }
    if (!may_be_more) return;
    spreading = true;
    asio::post(executor, [this, held = groups.front()->context] {
        if (!held->stopped) spread_claims();
    });
}

namespace {

/// On a Cluster: the partition that this part of an event is for.
std::uint32_t home_of(const new_event& event, const keys& keys) {
    if (event.home) return *event.home;
    if (!event.endpoints.empty()) return keys.partition_of(event.endpoints.front()->queue_name());
    return keys.partition_of(store_id(event.event->tenant, event.event->id));
}

/// Nothing is remembered where no record may stay.
std::string encode_entry(const history_entry& history, std::string_view store_id) {
    if (!history.record || history.most == 0) return {};
    return encode_attempt(0, store_id, *history.record);
}

settlement settlement_of(const delivery& delivery, settlement_kind kind, const history_entry& history = {}) {
    settlement item;
    item.kind = kind;
    item.partition = delivery.partition;
    item.queue_name = delivery.queue_name;
    item.store_id = delivery.store_id;
    item.attempt = delivery.attempt;
    item.history = encode_entry(history, delivery.store_id);
    item.keeps_body = history.record && history.record->keeps_body;
    item.most_history = history.most;
    item.is_awaited = !delivery.event->key.empty();
    return item;
}

}  // namespace

store::store(const asio::any_io_executor& executor, redis::client& client, const keys& keys,
             lease_port& leases, dispatch_port& dispatch, metrics::registry& metrics, const time_source& time,
             settings settings)
    : impl_(std::make_shared<impl>(keys, dispatch, executor)) {
    impl_->groups.push_back(std::make_unique<group>(std::make_shared<store_context>(
        executor, client, keys, leases, dispatch, metrics, time, std::move(settings))));
}

store::store(const asio::any_io_executor& executor, redis::links& links,
             const std::vector<std::uint32_t>& partitions, const keys& keys, lease_port& leases,
             dispatch_port& dispatch, metrics::registry& metrics, const time_source& time, settings settings)
    : impl_(std::make_shared<impl>(keys, dispatch, executor)) {
    if (!links.is_split()) {
        impl_->groups.push_back(std::make_unique<group>(std::make_shared<store_context>(
            executor, links.of(0), keys, leases, dispatch, metrics, time, settings)));
        return;
    }
    for (const std::uint32_t partition : partitions) {
        settings.replicated.slot = keys.slot(partition);
        impl_->groups.push_back(std::make_unique<group>(
            std::make_shared<store_context>(executor, links.of(keys.slot(partition)), keys, leases, dispatch,
                                            metrics, time, settings, partition)));
        impl_->by_partition.emplace(partition, impl_->groups.back().get());
    }
}

store::~store() = default;

std::vector<redis::command> store::preamble() {
    std::vector<redis::command> commands;
    for (std::size_t index = 0; index < embedded_script_count; ++index)
        commands.emplace_back("SCRIPT", "LOAD", embedded_scripts[index].text);
    // Where these are forbidden, what goes as a transaction would be executed one by one: then there is no
    // connection.
    commands.emplace_back("MULTI");
    commands.emplace_back("EXEC");
    return commands;
}

void store::enqueue(new_event event, std::function<void(enqueue_answer)> done) {
    group* const place =
        impl_->by_partition.empty() ? impl_->find(0) : impl_->find(home_of(event, impl_->keys));
    if (place != nullptr) return place->events->add(std::move(event), std::move(done));
    asio::post(impl_->executor, [done = std::move(done)] { done(enqueue_answer()); });
}

void store::set_max_body_bytes(std::size_t bytes) {
    for (const auto& group : impl_->groups)
        group->context->settings.max_body_bytes = std::max(bytes, group->context->settings.max_body_bytes);
}

void store::set_dedup_window(milliseconds window) {
    for (const auto& group : impl_->groups)
        group->context->settings.dedup_window = window;
}

void store::complete(const delivery& delivery, const history_entry& history) {
    impl_->of(delivery.partition)
        .settlements->add(settlement_of(delivery, settlement_kind::complete, history));
}

void store::retry_later(const delivery& delivery, milliseconds delay, const history_entry& history) {
    settlement item = settlement_of(delivery, settlement_kind::retry_later, history);
    item.delay = delay;
    impl_->of(item.partition).settlements->add(std::move(item));
}

void store::bury(const delivery& delivery, const dead_record& record, std::uint64_t max_dead_letters,
                 const history_entry& history) {
    settlement item = settlement_of(delivery, settlement_kind::bury, history);
    item.most_dead = max_dead_letters;
    item.counter = record.reason == dead_reason::expired ? "expired" : "dead";
    item.record = encode_dead_record(record);
    impl_->of(item.partition).settlements->add(std::move(item));
}

void store::hand_back(const delivery& delivery) {
    impl_->of(delivery.partition).settlements->add(settlement_of(delivery, settlement_kind::hand_back));
}

void store::save_health(std::uint32_t partition, std::string queue_name, std::string text) {
    settlement item;
    item.kind = settlement_kind::save_health;
    item.partition = partition;
    item.queue_name = std::move(queue_name);
    item.record = std::move(text);
    impl_->of(partition).settlements->add(std::move(item));
}

bool store::note_test(std::uint32_t partition, std::string queue_name, std::string store_id,
                      const history_entry& history) {
    const auto context = impl_->of(partition).context;
    redis::client& client = context->scripts.client;
    std::string record = encode_entry(history, store_id);
    if (record.empty() || context->stopped || !client.connected()) return false;
    set_stamp(record, context->redis_time.next_stamp(context->scripts.time.monotonic_now()));
    command_composer composer = [context, partition, queue_name = std::move(queue_name),
                                 record = std::move(record), most = history.most](const script_form& form) {
        return redis::command(form.verb, form.script, 1, context->keys.base(partition), queue_name, record,
                              most);
    };
    run_script(context->scripts, script::note_test, client.generation(), std::move(composer),
               [context](const redis::call_result& result) {
                   if (context->stopped || !result || !result->is_error()) return;
                   context->report_refusal(script::note_test, result->text());
               });
    return true;
}

void store::want_claims() {
    if (impl_->groups.empty()) return;
    if (impl_->by_partition.empty()) return impl_->groups.front()->settlements->want_claims();
    if (std::exchange(impl_->spreading, true)) return;
    asio::post(impl_->executor, [held = std::weak_ptr(impl_)] {
        if (const auto impl = held.lock()) impl->spread_claims();
    });
}

void store::promote_due(std::optional<std::uint32_t> only) {
    for (const auto& group : impl_->groups) {
        if (only && !group->context->serves(*only)) continue;
        ask_time(group->context);
        group->settlements->end_refused_claims();
        group->due->look_at_all();
    }
}

asio::awaitable<bool> store::recover(std::uint32_t partition) {
    return recover_partition(impl_->of(partition).context, partition);
}

void store::close_gate(std::optional<std::uint32_t> only) {
    for (const auto& group : impl_->groups)
        if (!only || group->context->serves(*only)) group->context->gate_open = false;
}

void store::open_gate(std::optional<std::uint32_t> only) {
    for (const auto& group : impl_->groups) {
        if (only && !group->context->serves(*only)) continue;
        group->context->gate_open = true;
        group->context->generation = group->context->scripts.client.generation();
        ask_time(group->context);
        group->events->schedule_flush();
        group->settlements->schedule_flush();
    }
}

void store::forget(std::uint32_t partition) {
    group& place = impl_->of(partition);
    place.context->held.forget(partition);
    place.context->health_told.erase(partition);
    place.settlements->forget(partition);
}

std::size_t store::held() const noexcept {
    std::size_t held = 0;
    for (const auto& group : impl_->groups)
        held += group->context->held.size();
    return held;
}

std::size_t store::held_in(std::uint32_t partition) const noexcept {
    return impl_->of(partition).context->held.size_of(partition);
}

namespace {

template <typename State>
asio::awaitable<bool> drain_all(std::shared_ptr<State> state, milliseconds longest) {
    const monotonic_time end = system_time().monotonic_now() + longest;
    bool drained = true;
    for (const auto& group : state->groups) {
        const auto left = std::chrono::duration_cast<milliseconds>(end - system_time().monotonic_now());
        const bool quiet = co_await group->settlements->drain(std::max(left, milliseconds(0)));
        drained = drained && quiet;
    }
    co_return drained;
}

template <typename State>
asio::awaitable<std::vector<store::depth>> all_depths(std::shared_ptr<State> state,
                                                      std::vector<std::string> queue_names) {
    if (state->groups.empty()) co_return std::vector<store::depth>();
    if (state->by_partition.empty())
        co_return co_await read_depths(state->groups.front()->context, std::move(queue_names));
    std::map<std::uint32_t, std::vector<std::string>> names;
    for (auto& name : queue_names) {
        const std::uint32_t partition = state->keys.partition_of(name);
        if (state->find(partition) != nullptr) names[partition].push_back(std::move(name));
    }
    std::vector<store::depth> depths;
    for (auto& [partition, of_partition] : names) {
        auto some = co_await read_depths(state->of(partition).context, std::move(of_partition));
        depths.insert(depths.end(), std::make_move_iterator(some.begin()),
                      std::make_move_iterator(some.end()));
    }
    co_return depths;
}

}  // namespace

asio::awaitable<bool> store::drain(milliseconds longest) {
    return drain_all(impl_, longest);
}

asio::awaitable<std::vector<store::depth>> store::depths(std::vector<std::string> queue_names) {
    return all_depths(impl_, std::move(queue_names));
}

}  // namespace postrider::queue
