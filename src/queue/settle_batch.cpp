#include "settle_batch.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace postrider::queue {

std::size_t settlement::bytes() const {
    constexpr std::size_t fixed = 64;
    return fixed + queue_name.size() + store_id.size() + record.size() + history.size();
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
    for (auto at = end; at != groups_.begin() && std::prev(at)->partition == partition; --at) {
        const settlement& first = items_[std::prev(at)->items.front()];
        if (first.queue_name != item.queue_name || first.attempt != item.attempt) continue;
        return std::prev(at)->items.push_back(index);
    }
    groups_.insert(end, group{partition, {index}});
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

redis::command settle_batch::compose(const script_form& form) const {
    redis::command command = partitions_.begin_command(form, context_.keys);
    partitions_.add_tokens(command);
    const script to_run = script_to_run();
    if (to_run == script::complete) compose_groups(command);
    if (kind_ == settlement_kind::complete) {
        add_claims(command);
        return command;
    }
    for (const settlement& item : items_)
        add_item(command, item);
    return command;
}

void settle_batch::compose_groups(redis::command& command) const {
    command.add(groups_.back().partition);  // items come before claims: each partition up to here has some
    for (auto at = groups_.begin(); at != groups_.end();) {
        const auto end = std::find_if(at, groups_.end(),
                                      [&](const group& other) { return other.partition != at->partition; });
        command.add(static_cast<std::uint64_t>(end - at));
        for (; at != end; ++at)
            compose_group(command, *at);
    }
}

void settle_batch::compose_group(redis::command& command, const group& group) const {
    const settlement& first = items_[group.items.front()];
    command.add(first.queue_name);
    command.add(first.attempt);
    command.add(first.most_history);
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

void settle_batch::add_claims(redis::command& command) const {
    command.add(static_cast<std::uint64_t>(most_items));
    command.add(static_cast<std::uint64_t>(most_bytes));
    command.add(static_cast<std::uint64_t>(claims_.size()));
    for (const wanted_claim& wanted : claims_) {
        command.add(partitions_.place_of(wanted.claim.partition));
        command.add(wanted.claim.queue_name);
        command.add(wanted.claim.count);
        command.add(wanted.retries_first ? 1 : 0);
    }
}

}  // namespace postrider::queue
