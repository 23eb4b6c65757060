#include "departures.h"

#include "queue_name.h"

#include <chrono>
#include <utility>

namespace postrider::dispatch {

namespace {

constexpr std::size_t most_at_once = 512;
constexpr std::chrono::seconds kept_for_scrapes{60};

}  // namespace

void departures::note(const std::string& queue_name) {
    leaving_.insert_or_assign(queue_name, departure{time_.monotonic_now()});
}

void departures::note_count(const std::string& queue_name) {
    leaving_[queue_name].due = time_.monotonic_now() + kept_for_scrapes;
}

void departures::end_metrics(slots& slots, const subscription::snapshot_ptr& snapshot) {
    std::size_t ended = 0;
    for (auto at = leaving_.begin(); at != leaving_.end() && ended < most_at_once;) {
        if (end_metrics_of(at->first, at->second, slots, snapshot)) {
            at = leaving_.erase(at);
            ++ended;
        } else {
            ++at;
        }
    }
}

/// True: there is nothing more to do for it.
bool departures::end_metrics_of(const std::string& name, departure& one, slots& slots,
                                const subscription::snapshot_ptr& snapshot) {
    if (snapshot && snapshot->find(name)) return true;  // it came back
    endpoint_queue* const queue = slots.find(name);
    if (queue != nullptr && !queue->sends.empty()) return false;  // it counts on
    if (queue != nullptr) queue->gauges_shown = false;
    const auto id = endpoint_id_of(name);
    if (time_.monotonic_now() >= one.due) {
        metrics_.forget_endpoint(id);
        return true;
    }
    if (!std::exchange(one.gauges_ended, true)) metrics_.forget_gauges(id);
    return false;
}

}  // namespace postrider::dispatch
