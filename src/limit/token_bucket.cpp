#include "token_time.h"

#include <postrider/limit/token_bucket.h>

#include <algorithm>

namespace postrider::limit {

token_bucket::token_bucket(const rate_settings& settings, monotonic_time now)
    : settings_(settings),
      per_token_(time_per_token(settings.requests_per_second)),
      to_full_(time_for(settings.burst, per_token_)),
      empty_at_(now) {}

std::uint32_t token_bucket::available(monotonic_time now) const noexcept {
    if (now <= empty_at_) return 0;
    return static_cast<std::uint32_t>(
        std::min<std::int64_t>((now - empty_at_) / per_token_, settings_.burst));
}

void token_bucket::take(monotonic_time now) noexcept {
    // Bounded, because what is owed could add up past the clock's end.
    empty_at_ = std::min(std::max(empty_at_, now - to_full_) + per_token_, now + longest_token_time);
}

monotonic_time token_bucket::time_of(std::uint32_t count, monotonic_time now) const noexcept {
    const auto emptied_at = std::max(empty_at_, now - to_full_);
    return emptied_at + time_for(std::min(count, settings_.burst), per_token_);
}

}  // namespace postrider::limit
