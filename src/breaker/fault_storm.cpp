#include <postrider/breaker/fault_storm.h>

#include <algorithm>

namespace postrider::breaker {

void fault_storm::note_unreachable(std::string_view endpoint, monotonic_time now) {
    unreachable_.insert_or_assign(std::string(endpoint), now);
    if (unreachable_.size() <= most_remembered) return;
    const auto by_time = [](const auto& left, const auto& right) { return left.second < right.second; };
    unreachable_.erase(std::ranges::min_element(unreachable_, by_time));
}

void fault_storm::note_answer(monotonic_time now) {
    last_answer_ = now;
    // As long as this answer is young there is no storm, and after that all of these are old.
    unreachable_.clear();
}

bool fault_storm::is_on(monotonic_time now) const {
    // Added to the earlier time, never taken from the later one: `min()` must not overflow.
    if (now < last_answer_ + span || unreachable_.size() < least_endpoints) return false;
    const auto is_young = [now](const auto& one) { return now < one.second + span; };
    return std::ranges::count_if(unreachable_, is_young) >= static_cast<std::ptrdiff_t>(least_endpoints);
}

}  // namespace postrider::breaker
