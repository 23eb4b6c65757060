#include <postrider/limit/request_rates.h>

#include <algorithm>

namespace postrider::limit {

request_rates::request_rates(const settings_by_name& tokens, const request_rates* before) {
    for (const auto& [name, settings] : tokens) {
        const auto known =
            before == nullptr ? decltype(buckets_)::const_iterator() : before->buckets_.find(name);
        const bool goes_on =
            before != nullptr && known != before->buckets_.end() && known->second->settings() == settings;
        buckets_.emplace(name, goes_on ? known->second : std::make_shared<shared_token_bucket>(settings));
    }
}

std::chrono::nanoseconds request_rates::take(std::string_view token, std::uint32_t count,
                                             monotonic_time now) const noexcept {
    const auto found = buckets_.find(token);
    return found == buckets_.end() ? std::chrono::nanoseconds() : found->second->take(count, now);
}

std::chrono::nanoseconds request_rates::wait_for_one(std::string_view token,
                                                     monotonic_time now) const noexcept {
    const auto found = buckets_.find(token);
    return found == buckets_.end() ? std::chrono::nanoseconds() : found->second->wait_for_one(now);
}

std::int64_t seconds_to_wait(std::chrono::nanoseconds wait) noexcept {
    return std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(wait).count(), 1);
}

}  // namespace postrider::limit
