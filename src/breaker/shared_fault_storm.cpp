#include <postrider/breaker/shared_fault_storm.h>

namespace postrider::breaker {

void shared_fault_storm::note_unreachable(std::string_view endpoint, monotonic_time now) {
    const std::lock_guard lock(mutex_);
    storm_.note_unreachable(endpoint, now);
}

void shared_fault_storm::note_answer(monotonic_time now) {
    if (now < last_answer_.load(std::memory_order_relaxed) + granularity) return;
    last_answer_.store(now, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    storm_.note_answer(now);
}

bool shared_fault_storm::is_on(monotonic_time now) {
    // An answer that was not noted came less than `granularity` after the last that was.
    if (now < last_answer_.load(std::memory_order_relaxed) + granularity + fault_storm::span) return false;
    const std::lock_guard lock(mutex_);
    return storm_.is_on(now);
}

}  // namespace postrider::breaker
