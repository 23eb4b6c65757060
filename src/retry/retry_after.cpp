#include "http_date.h"

#include <postrider/retry/decision.h>

#include <algorithm>

namespace postrider::retry {
namespace {

constexpr milliseconds longest = std::chrono::hours(24);

std::string_view trim(std::string_view value) noexcept {
    const auto begin = value.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return value.substr(begin, value.find_last_not_of(" \t") - begin + 1);
}

/// Seconds as digits only, capped while they are read: a header of any length cannot overflow.
milliseconds from_seconds(std::string_view digits) noexcept {
    milliseconds::rep seconds = 0;
    for (const char c : digits)
        seconds = std::min<milliseconds::rep>(seconds * 10 + (c - '0'), 86'400);
    return std::chrono::seconds(seconds);
}

}  // namespace

milliseconds parse_retry_after(std::string_view value, wall_time now) noexcept {
    value = trim(value);
    if (value.empty()) return milliseconds::zero();
    if (std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; })) return from_seconds(value);
    const auto time = parse_http_date(value, now);
    if (!time || *time <= now) return milliseconds::zero();
    return std::min(*time - now, longest);
}

}  // namespace postrider::retry
