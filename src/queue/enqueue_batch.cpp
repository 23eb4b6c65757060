#include "enqueue_batch.h"

#include "sized_text.h"
#include "stored_event.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace postrider::queue {

namespace {

/// Bytes, about, beside its body, of an event that has a partition for itself: in a call, and in what goes
/// beside it.
constexpr std::size_t names_and_lengths = 320;

/// An HSET beside the script, of so many fields. Many of them outgrow the text that Redis keeps a small hash
/// as and would walk through for each (docs/decisions/0026-cheaper-calls.md): a value that such a text may
/// not hold makes it a table before the first is written, and goes again.
template <typename AddFields>
void put_fields(redis::command& script, const std::string& key, std::size_t count,
                const AddFields& add_fields) {
    constexpr std::size_t too_many = 64;
    constexpr std::size_t too_long = 65;
    const bool is_large = count >= too_many;
    script.begin_first(2 + 2 * count + (is_large ? 2 : 0));
    script.add_first("HSET");
    script.add_first(key);
    add_fields();
    if (!is_large) return;
    script.add_first("");
    script.add_first(std::string(too_long, '-'));
    script.put_first("HDEL", key, "");
}

}  // namespace

std::size_t bytes_of_call(const new_event& event) {
    constexpr std::size_t for_each_event = 200;
    constexpr std::size_t for_each_endpoint = 160;
    return for_each_event + event.event->body.size() + for_each_endpoint * event.endpoints.size();
}

void enqueue_batch::add(waiting_event event) {
    entry& added = items_.emplace_back();
    added.event = std::move(event);
    bytes_ += added.event.bytes;
    if (!added.event.event.content_hash.empty()) {
        const auto home = added.event.event.home.value_or(context_.keys.partition_of(added.event.store_id));
        added.home_place = partitions_.add(home, context_.leases.token(home));
    }
    for (const endpoint_ptr& endpoint : added.event.event.endpoints) {
        destination target;
        target.queue_name = endpoint->queue_name();
        target.partition = context_.keys.partition_of(target.queue_name);
        const std::string_view token = context_.leases.token(target.partition);
        target.place = partitions_.add(target.partition, token);
        // What goes in flight over another connection than the one that is reconciled could be forgotten
        // there, and what follows one that has to wait would overtake it.
        target.reserved = !context_.settings.replicated.wanted() && !token.empty() && !has_to_wait(target) &&
                          context_.dispatch.reserve(target.partition, endpoint);
        if (endpoint->ordering == ordering::key) target.key_hash = key_hash(added.event.event.event->key);
        added.targets.push_back(std::move(target));
    }
    deliveries_ += std::max<std::size_t>(1, added.targets.size());
    if (may_join(added))
        join_group(items_.size() - 1);
    else
        apart_.push_back(items_.size() - 1);
}

std::pair<std::uint32_t, bool> enqueue_batch::rank(std::uint32_t place, bool reserved) {
    return {place, !reserved};
}

std::pair<std::uint32_t, bool> enqueue_batch::rank_of(const group& group) {
    return rank(group.place, group.reserved);
}

bool enqueue_batch::may_join(const entry& item) {
    const new_event& event = item.event.event;
    return event.content_hash.empty() && event.elsewhere.empty() && item.targets.size() == 1 &&
           item.targets.front().key_hash.empty();
}

bool enqueue_batch::has_to_wait(const destination& target) const {
    return std::ranges::any_of(groups_of(target.place, false), [&](const group& waiting) {
        return target_of(waiting).queue_name == target.queue_name;
    });
}

void enqueue_batch::join_group(std::size_t index) {
    const endpoint* const of = items_[index].event.event.endpoints.front().get();
    const destination& target = items_[index].targets.front();
    const auto [first, past] =
        std::ranges::equal_range(groups_, rank(target.place, target.reserved), {}, rank_of);
    const auto found = std::find_if(first, past, [&](const group& known) { return known.of == of; });
    if (found != past)
        found->items.push_back(index);
    else
        groups_.insert(past, group{target.place, of, target.reserved, {index}});
}

enqueue_batch::groups enqueue_batch::groups_of(std::uint32_t place, bool reserved) const {
    return std::ranges::equal_range(groups_, rank(place, reserved), {}, rank_of);
}

const enqueue_batch::destination& enqueue_batch::target_of(const group& group) const {
    return items_[group.items.front()].targets.front();
}

redis::command enqueue_batch::compose(const script_form& form) const {
    redis::command command =
        partitions_.begin_command(form, context_.keys, items_.size() * names_and_lengths);
    command.add(static_cast<std::int64_t>(context_.settings.dedup_window.count()));
    partitions_.add_tokens(command);
    compose_groups(command);
    for (const std::size_t index : apart_)
        compose_item(command, items_[index]);
    if (!groups_.empty() && !form.again) lay_down(command);
    return command;
}

void enqueue_batch::compose_groups(redis::command& command) const {
    command.add(groups_.empty() ? 0 : groups_.back().place);
    std::string text;
    visit_places([&](groups laid, groups others) {
        command.add(static_cast<std::uint64_t>(items_of(laid)));
        if (!laid.empty()) {
            write_laid(text, laid);
            command.add(text);
        }
        command.add(static_cast<std::uint64_t>(others.size()));
        for (const group& group : others)
            compose_group(command, group);
    });
}

void enqueue_batch::write_laid(std::string& text, groups laid) const {
    text.clear();
    for (const group& group : laid) {
        append_sized(text, target_of(group).queue_name);
        append_sized(text, std::to_string(group.of->limits.max_queued_events));
        append_sized(text, std::to_string(group.of->limits.max_dead_letters));
        append_sized(text, types_of(group));
        append_sized_ids(text, [&](auto visit) {
            for (const std::size_t index : group.items)
                visit(items_[index].event.store_id);
        });
    }
}

void enqueue_batch::lay_down(redis::command& command) const {
    command.reserve_first(bytes_ + items_.size() * names_and_lengths);
    lay_down_bodies(command);
    visit_places([&](groups laid, groups) {
        if (!laid.empty()) lay_in_flight(command, laid);
    });
}

void enqueue_batch::lay_in_flight(redis::command& command, groups laid) const {
    const std::uint32_t partition = target_of(laid.front()).partition;
    const std::size_t deliveries = items_of(laid);
    std::string text;
    put_fields(command, context_.keys.states(partition), deliveries, [&] {
        for (const group& group : laid) {
            text.assign(target_of(group).queue_name).append(" f1");
            for (const std::size_t index : group.items) {
                command.add_first(items_[index].event.store_id);
                command.add_first(text);
            }
        }
    });
    const std::string mark = "1:" + partitions_.token_of(partition);
    put_fields(command, context_.keys.inflight(partition), deliveries, [&] {
        for (const group& group : laid) {
            for (const std::size_t index : group.items) {
                set_inflight_field(text, target_of(group).queue_name, items_[index].event.store_id);
                command.add_first(text);
                command.add_first(mark);
            }
        }
    });
    command.put_first("HINCRBY", context_.keys.counts(partition), "accepted",
                      static_cast<std::uint64_t>(deliveries));
}

std::size_t enqueue_batch::items_of(groups of) {
    return std::accumulate(of.begin(), of.end(), std::size_t{0},
                           [](std::size_t sum, const group& next) { return sum + next.items.size(); });
}

void enqueue_batch::lay_down_bodies(redis::command& command) const {
    command.begin_first(1 + 2 * items_of(groups_));
    command.add_first("MSET");
    std::string stored;
    for (const group& group : groups_) {
        const std::uint32_t partition = target_of(group).partition;
        for (const std::size_t index : group.items) {
            const waiting_event& waiting = items_[index].event;
            stored = encode_stored_event(*waiting.event.event, waiting.event.content_hash, std::move(stored));
            command.add_first(context_.keys.event(partition, waiting.store_id));
            command.add_first(stored);
        }
    }
}

std::string enqueue_batch::types_of(const group& group) const {
    const auto type_of = [this](std::size_t index) -> const std::string& {
        return items_[index].event.event.event->type;
    };
    const std::string& first = type_of(group.items.front());
    if (std::all_of(group.items.begin(), group.items.end(),
                    [&](std::size_t index) { return type_of(index) == first; }))
        return first;
    std::string types;
    for (const std::size_t index : group.items)
        types.append(type_of(index)).push_back('\n');
    return types;
}

void enqueue_batch::compose_group(redis::command& command, const group& group) const {
    command.add(target_of(group).queue_name);
    command.add(0);  // not in flight at once
    command.add(group.of->limits.max_queued_events);
    command.add(group.of->limits.max_dead_letters);
    command.add(types_of(group));
    command.add(static_cast<std::uint64_t>(group.items.size()));
    for (const std::size_t index : group.items)
        command.add(items_[index].event.store_id);
}

void enqueue_batch::compose_item(redis::command& command, const entry& item) const {
    const new_event& event = item.event.event;
    command.add(item.event.store_id);
    command.add(encode_stored_event(*event.event, event.content_hash));
    command.add(item.home_place);
    command.add(event.content_hash);
    command.add(static_cast<std::int64_t>(event.event->accepted_at.time_since_epoch().count()));
    command.add(event.event->type);
    command.add(static_cast<std::uint64_t>(item.targets.size() + event.elsewhere.size()));
    for (std::size_t index = 0; index < item.targets.size(); ++index)
        add_target(command, item.targets[index], event.endpoints[index]->limits);
    for (const std::string& queue_name : event.elsewhere)
        add_target(command, elsewhere(queue_name), endpoint_limits());
}

void enqueue_batch::add_target(redis::command& command, const destination& target,
                               const endpoint_limits& limits) {
    command.add(target.place);
    command.add(target.queue_name);
    command.add(target.reserved ? 1 : 0);
    command.add(target.key_hash);
    command.add(limits.max_queued_events);
    command.add(limits.max_dead_letters);
}

enqueue_batch::destination enqueue_batch::elsewhere(const std::string& queue_name) {
    destination target{};
    target.queue_name = queue_name;
    return target;
}

}  // namespace postrider::queue
