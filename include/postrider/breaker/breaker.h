#pragma once

#include <postrider/base/clock.h>
#include <postrider/event/endpoint.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::breaker {

enum class circuit_state : std::uint8_t { closed, half_open, open };
[[nodiscard]] std::string_view to_string(circuit_state state) noexcept;

/// What an attempt says about the receiver.
enum class verdict : std::uint8_t {
    success,  ///< it answered, be it with a terminal 4xx: somebody is there
    failure,  ///< a failure that is retried
    none,     ///< a fault of our own, an attempt that was cut, or one that was never begun
};

/// The circuit breaker of one endpoint (RELIABILITY section 4). Pure: holds no event and knows no queue; who
/// sends asks `room` first.
///
/// Closed: no limit. It opens on `failure_threshold` consecutive failures, or when at least `failure_ratio`
/// of `minimum_requests` or more attempts that ended within the last `breaker_settings::window` failed
/// (counted in buckets of a sixth of it). Open: nothing may begin for `recovery_timeout`, doubled on each
/// failed probe up to `max_recovery_timeout`. Half-open: 1 probe, after its success 2 together, then 4, then
/// 8; when those have all succeeded it closes, with a clean count. One failed probe opens it again. Attempts
/// that began before the last change of state say nothing when they end.
class breaker {
 public:
    explicit breaker(const breaker_settings& settings) : settings_(settings) {}

    /// What was begun, to be told to `end`.
    struct ticket {
        std::uint64_t epoch = 0;
    };

    static constexpr std::uint32_t unlimited = 0xffffffff;
    /// How many more attempts may begin now.
    [[nodiscard]] std::uint32_t room(monotonic_time now) const noexcept;
    /// When `room` will be above 0 though nothing ends: of an open circuit. Nothing: now, or when a probe
    /// ends.
    [[nodiscard]] std::optional<monotonic_time> opens_at() const noexcept;

    /// An attempt begins; only when `room` allowed it.
    [[nodiscard]] ticket begin(monotonic_time now);

    enum class change : std::uint8_t { none, opened, half_opened, closed };
    /// An attempt ended. `half_opened` is told with the end of the first probe that succeeded.
    change end(ticket begun, verdict said, monotonic_time now);

    [[nodiscard]] circuit_state state(monotonic_time now) const noexcept;

    /// New settings hold from here on; a disabled breaker is closed.
    void configure(const breaker_settings& settings);

    /// What must outlive a restart or a takeover, as a short text of printable ASCII without spaces; empty
    /// when there is nothing: closed, and no failure counted. Attempts in flight are not in it: a half-open
    /// circuit comes back as an open one whose time has come.
    [[nodiscard]] std::string save(monotonic_time now, wall_time wall_now) const;
    /// Takes back what `save` gave, on this or another machine; an odd text changes nothing and gives false.
    /// Time left is at most what the settings allow, whatever the clocks say.
    bool restore(std::string_view saved, monotonic_time now, wall_time wall_now);

 private:
    breaker_settings settings_;
    // The author of breaker.cpp chooses the rest.
};

}  // namespace postrider::breaker
