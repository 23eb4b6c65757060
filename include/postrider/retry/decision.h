#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/random.h>
#include <postrider/event/attempt.h>
#include <postrider/event/endpoint.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace postrider::retry {

/// The table of Standard Webhooks 1.0.0: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h.
[[nodiscard]] std::vector<milliseconds> default_table();

/// `max_attempts` delays: initial, initial × multiplier, … each capped by `max_delay` before jitter.
/// Saturates instead of overflowing.
[[nodiscard]] std::vector<milliseconds> exponential_table(std::uint32_t max_attempts, milliseconds initial,
                                                          double multiplier, milliseconds max_delay);

/// Jitter only ever lengthens: d × U(1, 1.5) below 60 s, d × U(1, 1.2) from there on (RELIABILITY section 4).
[[nodiscard]] milliseconds with_jitter(milliseconds delay, random_source& random);

/// `Retry-After` in seconds or as an HTTP date (RFC 9110 section 10.2.3), relative to `now`, capped at 24 h.
/// Absent, malformed or past: zero.
[[nodiscard]] milliseconds parse_retry_after(std::string_view value, wall_time now) noexcept;

struct attempt_context {
    std::uint32_t attempt = 1;  ///< the number of the attempt that ended, from 1
    wall_time accepted_at;
    wall_time now;
    bool after_interruption = false;  ///< the attempt before this one began and never ended
};

/// The one place where an attempt's outcome is decided. Pure.
/// Retried: 408, 429, 5xx, 3xx and every transport error; terminal: other 4xx; a status named in the
/// settings' lists follows its list. A retry that could only begin past max_age is dead as `expired`.
[[nodiscard]] outcome decide(const attempt_result& result, const attempt_context& context,
                             const retry_settings& settings, random_source& random);

/// What is to be done with a claimed delivery before it is sent: nothing (delivered is never answered),
/// or dead as `expired` (past max_age), or, with an attempt number beyond the schedule, as `interrupted` (the
/// last attempt was begun and never ended) or `attempts_exhausted` (it ended; the schedule is shorter now).
[[nodiscard]] std::optional<dead_reason> check_before_attempt(const attempt_context& context,
                                                              const retry_settings& settings);

}  // namespace postrider::retry
