#include <postrider/limit/token_bucket.h>

#include <algorithm>
#include <cmath>

namespace postrider::limit {
namespace {

using std::chrono::nanoseconds;

/// Far beyond any rate that makes sense, and so far below the range of the clock that no sum overflows.
constexpr nanoseconds longest = nanoseconds::max() / 4;

nanoseconds time_per_token(double rate) noexcept {
    if (!(rate > 0)) return longest;  // no number either
    const double count = std::max(std::ceil(1e9 / rate), 1.0);
    return count < static_cast<double>(longest.count()) ? nanoseconds(static_cast<nanoseconds::rep>(count))
                                                        : longest;
}

nanoseconds time_for(std::uint32_t count, nanoseconds per_token) noexcept {
    return per_token.count() > longest.count() / std::max(count, 1U) ? longest : per_token * count;
}

}  // namespace

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
    empty_at_ = std::min(std::max(empty_at_, now - to_full_) + per_token_, now + longest);
}

monotonic_time token_bucket::time_of(std::uint32_t count, monotonic_time now) const noexcept {
    const auto emptied_at = std::max(empty_at_, now - to_full_);
    return emptied_at + time_for(std::min(count, settings_.burst), per_token_);
}

}  // namespace postrider::limit
