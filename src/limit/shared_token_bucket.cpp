#include "token_time.h"

#include <postrider/limit/shared_token_bucket.h>

#include <algorithm>
#include <limits>

namespace postrider::limit {
namespace {

std::int64_t count_of(monotonic_time time) noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace

shared_token_bucket::shared_token_bucket(const rate_settings& settings)
    : settings_(settings),
      per_token_(time_per_token(settings.requests_per_second)),
      to_full_(time_for(settings.burst, per_token_)),
      empty_at_(std::numeric_limits<std::int64_t>::min()) {}

shared_token_bucket::nanoseconds shared_token_bucket::take(std::uint32_t count, monotonic_time now) noexcept {
    const std::int64_t at = count_of(now);
    const std::int64_t needed = time_for(std::min(count, settings_.burst), per_token_).count();
    const std::int64_t taken = time_for(count, per_token_).count();
    std::int64_t seen = empty_at_.load(std::memory_order_relaxed);
    while (true) {
        // What gathered past the burst is not there.
        const std::int64_t from = std::max(seen, at - to_full_.count());
        if (from + needed > at) return nanoseconds(from + needed - at);
        // `from` is not after `at` here: no sum passes the clock's end.
        if (empty_at_.compare_exchange_weak(seen, from + taken, std::memory_order_relaxed)) return {};
    }
}

shared_token_bucket::nanoseconds shared_token_bucket::wait_for_one(monotonic_time now) const noexcept {
    const std::int64_t at = count_of(now);
    const std::int64_t from = std::max(empty_at_.load(std::memory_order_relaxed), at - to_full_.count());
    return nanoseconds(std::max<std::int64_t>(from + per_token_.count() - at, 0));
}

}  // namespace postrider::limit
