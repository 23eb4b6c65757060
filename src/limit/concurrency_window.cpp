#include <postrider/limit/concurrency_window.h>

#include <algorithm>

namespace postrider::limit {

concurrency_window::concurrency_window(std::uint32_t limit) noexcept
    : limit_(std::max(limit, 1U)), size_(limit_) {}

void concurrency_window::note_success() noexcept {
    if (size_ == limit_ || ++successes_ < size_) return;
    successes_ = 0;
    ++size_;
}

void concurrency_window::note_overload(monotonic_time begun_at, monotonic_time now) noexcept {
    // What was in flight at the decrease tells of the same overload once more.
    if (begun_at <= last_decrease_) return;
    last_decrease_ = now;
    size_ = std::max(size_ / 2, 1U);
    successes_ = 0;
}

void concurrency_window::set_limit(std::uint32_t limit) noexcept {
    limit_ = std::max(limit, 1U);
    const bool was_decreased = last_decrease_ != monotonic_time::min();
    size_ = was_decreased ? std::min(size_, limit_) : limit_;
    successes_ = std::min(successes_, size_ - 1);
}

}  // namespace postrider::limit
