#include "name_cache.h"

#include <utility>

namespace postrider::net {

const addresses_or_reason* name_cache::find(const std::string& name, monotonic_time now) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return nullptr;
    if (found->second->until <= now) {
        drop(name);
        return nullptr;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->answer;
}

void name_cache::store(const std::string& name, addresses_or_reason answer, monotonic_time until) {
    drop(name);
    if (most_ == 0) return;
    if (by_name_.size() >= most_) {
        by_name_.erase(entries_.back().name);
        entries_.pop_back();
    }
    entries_.push_front(entry{name, std::move(answer), until});
    by_name_.emplace(name, entries_.begin());
}

void name_cache::drop(const std::string& name) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return;
    entries_.erase(found->second);
    by_name_.erase(found);
}

}  // namespace postrider::net
