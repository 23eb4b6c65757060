#include "settle_batch.h"

#include "sized_text.h"

#include <postrider/queue/attempt_record.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace postrider::queue {

namespace {

// Where records are, as scripts/complete.lua has it; "long" is "beside" there.
constexpr std::string_view none = "none";
constexpr std::string_view here = "here";
constexpr std::string_view beside = "beside";
constexpr std::string_view beside_long = "long";

}  // namespace

std::size_t settlement::bytes() const {
    constexpr std::size_t fixed = 64;
    constexpr std::size_t times = 3;  // a completion names them so often
    return fixed + times * (queue_name.size() + store_id.size()) + record.size() + history.size();
}

bool settle_batch::add(settlement item) {
    const std::string_view token = context_.leases.settle_token(item.partition);
    if (token.empty()) return false;
    const std::uint32_t place = partitions_.add(item.partition, token);
    bytes_ += item.bytes();
    items_.push_back(std::move(item));
    if (kind_ == settlement_kind::complete) join_group(place, items_.size() - 1);
    return true;
}

void settle_batch::join_group(std::uint32_t partition, std::size_t index) {
    const settlement& item = items_[index];
    auto end = groups_.end();  // of the groups of this partition
    while (end != groups_.begin() && std::prev(end)->partition > partition)
        --end;
    bool shares_queue = false;
    for (auto at = end; at != groups_.begin() && std::prev(at)->partition == partition; --at) {
        group& known = *std::prev(at);
        const settlement& first = items_[known.items.front()];
        if (first.queue_name != item.queue_name) continue;
        if (first.attempt != item.attempt) {
            shares_queue = known.shares_queue = true;
            continue;
        }
        if (!item.history.empty()) known.records = here;
        return known.items.push_back(index);
    }
    groups_.insert(end, group{partition, {index}, item.history.empty() ? none : here, shares_queue});
}

bool settle_batch::add_claim(wanted_claim claim) {
    const std::string_view token = context_.leases.token(claim.claim.partition);
    if (token.empty()) return false;
    partitions_.add(claim.claim.partition, token);
    claims_.push_back(std::move(claim));
    return true;
}

bool settle_batch::is_full(const settlement& next) const {
    if (items_.empty()) return false;
    return items_.size() >= most_items || bytes_ + next.bytes() > most_bytes;
}

script settle_batch::script_to_run() const {
    switch (kind_) {
        case settlement_kind::retry_later:
            return script::retry_later;
        case settlement_kind::bury:
            return script::bury;
        case settlement_kind::hand_back:
            return script::hand_back;
        case settlement_kind::save_health:
            return script::save_health;
        case settlement_kind::complete:
            break;
    }
    return items_.empty() ? script::claim : script::complete;
}

redis::command settle_batch::compose(const script_form& form) {
    sort_groups();
    was_tried_ = form.again;
    redis::command command = partitions_.begin_command(form, context_.keys, bytes_);
    partitions_.add_tokens(command);
    const script to_run = script_to_run();
    if (to_run == script::complete) compose_groups(command, form.again);
    if (kind_ == settlement_kind::complete) {
        add_claims(command, form.again);
        if (!form.again) lay_down_records(command);
        for (wanted_claim& wanted : claims_) {
            wanted.bodies_at.reset();
            wanted.next_at.reset();
            if (!form.again) put_reads_first(command, context_.keys, wanted);
        }
        return command;
    }
    for (const settlement& item : items_)
        add_item(command, item);
    return command;
}

void settle_batch::stamp_records(monotonic_time now) {
    const auto stamp = [&](settlement& item) {
        if (!item.history.empty()) set_stamp(item.history, context_.redis_time.next_stamp(now));
    };
    if (kind_ != settlement_kind::complete) std::ranges::for_each(items_, stamp);
    for (const group& group : groups_)
        for (const std::size_t index : group.items)
            stamp(items_[index]);
}

void settle_batch::push_beside() {
    for (group& group : groups_) {
        if (!may_push(group)) continue;
        const settlement& first = items_[group.items.front()];
        group.records = context_.histories.take_long(first.queue_name) ? beside_long : beside;
        group.history = context_.keys.history(first.partition, first.queue_name);
    }
}

bool settle_batch::may_push(const group& group) const {
    const auto may = [this](std::size_t index) {
        const settlement& item = items_[index];
        return !item.history.empty() && !item.keeps_body;
    };
    return !group.shares_queue && context_.histories.has(items_[group.items.front()].queue_name) &&
           std::all_of(group.items.begin(), group.items.end(), may);
}

bool settle_batch::is_plain(const group& group) {
    return group.records != here;
}

std::size_t settle_batch::answers() const {
    if (kind_ != settlement_kind::complete) return items_.size();
    std::size_t sum = 0;
    visit_partitions([&](groups plain, groups others) { sum += (plain.empty() ? 0 : 1) + others.size(); });
    return sum;
}

bool settle_batch::is_pushed(const group& group) {
    return group.records == beside || group.records == beside_long;
}

bool settle_batch::has_beside() const {
    return pushes_beside() || std::any_of(claims_.begin(), claims_.end(), [](const wanted_claim& wanted) {
               return wanted.next_at.has_value();
           });
}

bool settle_batch::pushes_beside() const {
    return std::any_of(groups_.begin(), groups_.end(), is_pushed);
}

void settle_batch::note_lengths(const redis::reply& reply) const {
    std::size_t pushed = 0;
    for (const group& group : groups_) {
        const settlement& first = items_[group.items.front()];
        if (!is_pushed(group)) {
            if (group.records == here) context_.histories.note_made(first.queue_name);
            continue;
        }
        const auto length = reply.sibling(pushed++).integer();
        if (!length) continue;  // a key of another kind, or it was told to an earlier try
        context_.histories.note_length(first.queue_name, static_cast<std::uint64_t>(*length),
                                       first.most_history);
    }
}

void settle_batch::forget_pushed() {
    if (!was_tried_) return;
    for (const group& group : groups_) {
        if (!is_pushed(group)) continue;
        for (const std::size_t index : group.items)
            items_[index].history.clear();
    }
}

void settle_batch::lay_down_records(redis::command& command) const {
    if (!pushes_beside()) return;
    command.reserve_first(bytes_);
    for (const group& group : groups_) {
        if (!is_pushed(group)) continue;
        command.begin_first(2 + group.items.size());
        command.add_first("LPUSHX");
        command.add_first(group.history);
        for (const std::size_t index : group.items)
            command.add_first(items_[index].history);
    }
}

void settle_batch::sort_groups() {
    std::ranges::stable_sort(groups_, [](const group& left, const group& right) {
        return left.partition != right.partition ? left.partition < right.partition
                                                 : is_plain(left) && !is_plain(right);
    });
}

void settle_batch::compose_groups(redis::command& command, bool again) const {
    const auto pushed = again ? 0 : std::count_if(groups_.begin(), groups_.end(), is_pushed);
    command.add(static_cast<std::uint64_t>(pushed));
    for (const group& group : groups_)
        if (!again && is_pushed(group)) command.add(group.history);
    command.add(groups_.back().partition);  // items come before claims: each partition up to here has some
    visit_partitions([&](groups plain, groups others) {
        compose_plain(command, plain, again);
        command.add(static_cast<std::uint64_t>(others.size()));
        for (const group& group : others)
            compose_group(command, group);
    });
}

void settle_batch::compose_plain(redis::command& command, groups plain, bool again) const {
    std::uint64_t count = 0, long_ones = 0;
    for (const group& group : plain) {
        count += group.items.size();
        if (group.records == beside_long) ++long_ones;
    }
    command.add(count);
    if (count == 0) return;
    command.add(states_of(plain));
    command.add(text_of(plain, again));
    command.add(again ? 0 : long_ones);
    for (const group& group : plain) {
        if (again || group.records != beside_long) continue;
        command.add(items_[group.items.front()].queue_name);
        command.add(items_[group.items.front()].most_history);
    }
    for (const group& group : plain)
        for (const std::size_t index : group.items)
            command.add(items_[index].store_id);
    std::string field;
    for (const group& group : plain)
        for (const std::size_t index : group.items) {
            field.assign(items_[index].queue_name).append(1, '|').append(items_[index].store_id);
            command.add(field);
        }
}

std::string settle_batch::states_of(groups plain) const {
    std::string states;
    for (const group& group : plain) {
        const settlement& first = items_[group.items.front()];
        const std::string state = first.queue_name + " f" + std::to_string(first.attempt);
        for (std::size_t item = 0; item < group.items.size(); ++item)
            states.append(states.empty() ? "" : "\n").append(state);
    }
    return states;
}

std::string settle_batch::text_of(groups plain, bool again) const {
    std::string text;
    for (const group& group : plain) {
        const settlement& first = items_[group.items.front()];
        append_sized(text, first.queue_name);
        append_sized(text, std::to_string(first.attempt));
        append_sized(text, std::to_string(first.most_history));
        append_sized(text, !again && is_pushed(group) ? beside : none);
        append_sized_ids(text, [&](auto visit) {
            for (const std::size_t index : group.items)
                visit(items_[index].store_id);
        });
    }
    return text;
}

void settle_batch::compose_group(redis::command& command, const group& group) const {
    const settlement& first = items_[group.items.front()];
    command.add(first.queue_name);
    command.add(first.attempt);
    command.add(first.most_history);
    command.add(here);
    command.add(static_cast<std::uint64_t>(group.items.size()));
    for (const std::size_t index : group.items)
        command.add(items_[index].store_id);
    for (const std::size_t index : group.items)
        command.add(items_[index].history);
}

void settle_batch::add_item(redis::command& command, const settlement& item) const {
    command.add(partitions_.place_of(item.partition));
    command.add(item.queue_name);
    if (kind_ == settlement_kind::save_health) {
        command.add(item.record);
        return;
    }
    command.add(item.store_id);
    command.add(item.attempt);
    if (kind_ == settlement_kind::retry_later) command.add(static_cast<std::int64_t>(item.delay.count()));
    if (kind_ == settlement_kind::bury) {
        command.add(item.counter);
        command.add(item.record);
        command.add(item.most_dead);
    }
    if (kind_ == settlement_kind::hand_back) return;
    command.add(item.history);
    command.add(item.most_history);
}

void settle_batch::add_claims(redis::command& command, bool again) const {
    command.add(static_cast<std::uint64_t>(most_items));
    command.add(static_cast<std::uint64_t>(most_bytes));
    command.add(static_cast<std::uint64_t>(claims_.size()));
    for (const wanted_claim& wanted : claims_) {
        command.add(partitions_.place_of(wanted.claim.partition));
        command.add(wanted.claim.queue_name);
        command.add(wanted.count);
        command.add(wanted.retries_first ? 1 : 0);
        command.add(again ? std::string_view() : std::string_view(wanted.expected.ids));
    }
}

}  // namespace postrider::queue
