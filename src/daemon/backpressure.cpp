#include "backpressure.h"

#include <algorithm>

namespace postrider::daemon {

namespace {

/// Below a limit by so much of it, events are taken again.
constexpr double room = 0.05;

double share(std::uint64_t value, std::uint64_t most) {
    return static_cast<double>(value) / static_cast<double>(std::max<std::uint64_t>(1, most));
}

}  // namespace

backpressure::backpressure(const config::limit_settings& limits)
    : limits_(limits),
      memory_(limits.memory_watermark, limits.memory_watermark - room),
      store_(1.0, 1.0 - room),
      ids_(limits.max_remembered_ids, limits.dedup_window),
      ids_mark_(0.775, 0.75),
      dedup_window_(limits.dedup_window) {}

void backpressure::set_limits(const config::limit_settings& limits) {
    if (limits.memory_watermark != limits_.memory_watermark)
        memory_ = limit::watermark(limits.memory_watermark, limits.memory_watermark - room);
    limits_ = limits;
    std::erase_if(tenants_,
                  [this](const auto& known) { return !limits_.max_queued_by_tenant.contains(known.first); });
}

void backpressure::note_memory(std::uint64_t used, std::uint64_t most) {
    memory_.update(most == 0 ? 0.0 : share(used, most));
}

void backpressure::note_load(const store_load& load, monotonic_time now) {
    store_.update(share(load.live, limits_.max_queued_events));
    for (const auto& [tenant, most] : limits_.max_queued_by_tenant) {
        const auto waiting = load.waiting.find(tenant);
        auto& mark = tenants_.try_emplace(tenant, 1.0, 1.0 - room).first->second;
        mark.update(waiting == load.waiting.end() ? 0.0 : share(waiting->second, most));
    }
    dedup_window_ = ids_.update(load.remembered, now);
    ids_mark_.update(share(ids_.remembered(), limits_.max_remembered_ids));
}

std::shared_ptr<const intake::pressure> backpressure::pressure() const {
    intake::pressure now;
    if (memory_.full())
        now.store_full = "Redis' memory is over limits.memory_watermark";
    else if (store_.full())
        now.store_full = "the store holds limits.max_queued_events";
    for (const auto& [tenant, mark] : tenants_)
        if (mark.full()) now.full_tenants.insert(tenant);
    if (now.store_full.empty() && now.full_tenants.empty()) return nullptr;
    return std::make_shared<const intake::pressure>(std::move(now));
}

std::vector<std::string> backpressure::warnings() const {
    std::vector<std::string> found;
    const auto now = pressure();
    if (now && !now->store_full.empty()) found.push_back(now->store_full + "; events are refused");
    if (now && !now->full_tenants.empty())
        found.push_back("tenants are over their limits.tenants: " + std::to_string(now->full_tenants.size()) +
                        "; their events are refused");
    if (ids_mark_.full())
        found.push_back("limits.max_remembered_ids is near; ids are remembered for less than the window");
    return found;
}

}  // namespace postrider::daemon
