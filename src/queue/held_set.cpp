#include "held_set.h"

namespace postrider::queue {

std::string inflight_field(std::string_view queue_name, std::string_view store_id) {
    std::string field;
    set_inflight_field(field, queue_name, store_id);
    return field;
}

void set_inflight_field(std::string& field, std::string_view queue_name, std::string_view store_id) {
    field.clear();
    field.reserve(queue_name.size() + 1 + store_id.size());
    field.append(queue_name).append(1, '|').append(store_id);
}

void held_set::insert(const delivery& delivery) {
    const auto [entry, is_new] = partitions_[delivery.partition].insert_or_assign(
        inflight_field(delivery.queue_name, delivery.store_id), delivery.attempt);
    if (is_new) ++size_;
}

void held_set::erase(std::uint32_t partition, std::string_view queue_name, std::string_view store_id,
                     std::uint32_t attempt) {
    const auto held = partitions_.find(partition);
    if (held == partitions_.end()) return;
    const auto entry = held->second.find(inflight_field(queue_name, store_id));
    if (entry == held->second.end() || entry->second != attempt) return;
    held->second.erase(entry);
    --size_;
}

void held_set::forget(std::uint32_t partition) {
    const auto held = partitions_.find(partition);
    if (held == partitions_.end()) return;
    size_ -= held->second.size();
    partitions_.erase(held);
}

std::size_t held_set::size_of(std::uint32_t partition) const noexcept {
    const auto held = partitions_.find(partition);
    return held == partitions_.end() ? 0 : held->second.size();
}

std::vector<std::string> held_set::fields_of(std::uint32_t partition) const {
    std::vector<std::string> fields;
    const auto held = partitions_.find(partition);
    if (held == partitions_.end()) return fields;
    fields.reserve(held->second.size());
    for (const auto& [field, attempt] : held->second)
        fields.push_back(field);
    return fields;
}

}  // namespace postrider::queue
