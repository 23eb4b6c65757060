#include "intake_counts.h"

namespace postrider::metrics {

namespace {

std::string_view to_string(intake_result result) noexcept {
    switch (result) {
        case intake_result::accepted:
            return "accepted";
        case intake_result::unmatched:
            return "unmatched";
        case intake_result::duplicate:
            return "duplicate";
        case intake_result::conflict:
            return "conflict";
        case intake_result::invalid:
            return "invalid";
        case intake_result::unavailable:
            return "unavailable";
    }
    return "unknown";
}

}  // namespace

cached_intake_counts::by_type::value_type& cached_intake_counts::counters_of(std::string_view event_type) {
    if (last_counted_ != nullptr && last_counted_->first == event_type) return *last_counted_;
    if (const auto known = counts_.find(event_type); known != counts_.end()) {
        last_counted_ = &*known;
    } else {
        const std::string_view shown = counts_.size() < most_types_ ? event_type : other;
        last_counted_ = &*counts_.try_emplace(std::string(shown)).first;
    }
    return *last_counted_;
}

void cached_intake_counts::count(std::string_view event_type, intake_result result) {
    auto& [shown_type, counters] = counters_of(event_type);
    auto& counter = counters.at(static_cast<std::size_t>(result));
    if (!counter) counter = events_.find({shown_type, to_string(result)});
    counter->increment();
}

}  // namespace postrider::metrics
