#pragma once

#include <postrider/event/endpoint.h>
#include <postrider/limit/shared_token_bucket.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace postrider::limit {

/// How much the holders of tokens may still ask of this daemon. All shards work with one of these: a token's
/// requests come in on any of them. Which tokens it knows never changes; thread-safe.
class request_rates {
 public:
    using settings_by_name = std::map<std::string, rate_settings, std::less<>>;

    request_rates() = default;
    /// A token whose rate is as it was `before` goes on where it stood, so that a reload gives nobody a new
    /// burst.
    request_rates(const settings_by_name& tokens, const request_rates* before);

    /// Zero when `count` were taken, or when the token has no rate; else how long to wait.
    [[nodiscard]] std::chrono::nanoseconds take(std::string_view token, std::uint32_t count,
                                                monotonic_time now) const noexcept;
    [[nodiscard]] std::chrono::nanoseconds wait_for_one(std::string_view token,
                                                        monotonic_time now) const noexcept;

 private:
    std::map<std::string, std::shared_ptr<shared_token_bucket>, std::less<>> buckets_;
};

/// For `Retry-After`: whole seconds, at least 1.
[[nodiscard]] std::int64_t seconds_to_wait(std::chrono::nanoseconds wait) noexcept;

}  // namespace postrider::limit
