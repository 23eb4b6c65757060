#include "script_seconds.h"

namespace postrider::metrics {

void script_seconds::observe(std::string_view script, double seconds) {
    if (const auto* const known = present_.load(std::memory_order_acquire)) {
        if (const auto found = known->find(script); found != known->end())
            return found->second->observe(seconds);
    }
    add(script).observe(seconds);
}

histogram& script_seconds::add(std::string_view script) {
    const std::lock_guard lock(mutex_);
    const auto series = family_.find({script});  // the family keeps it: nothing ends a script's series
    if (made_.size() >= most_kept) return *series;
    auto grown = made_.empty() ? std::make_unique<table>() : std::make_unique<table>(*made_.back());
    grown->insert_or_assign(std::string(script), series);
    present_.store(grown.get(), std::memory_order_release);
    made_.push_back(std::move(grown));
    return *series;
}

}  // namespace postrider::metrics
