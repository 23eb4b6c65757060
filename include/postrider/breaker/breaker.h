#pragma once

#include <postrider/base/clock.h>
#include <postrider/event/endpoint.h>

#include <array>
#include <cstddef>
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
/// 8; when those have all succeeded it closes, with a clean count. One failed probe opens it again; a probe
/// that ends with `verdict::none` gives its room back. Attempts that began before the last change of state
/// say nothing when they end. Not thread-safe.
class breaker {
 public:
    explicit breaker(const breaker_settings& settings) : settings_(settings) {}

    /// What was begun, to be told to `end` once.
    struct ticket {
        std::uint64_t epoch = 0;
    };

    static constexpr std::uint32_t unlimited = 0xffffffff;
    /// How many more attempts may begin now.
    [[nodiscard]] std::uint32_t room(monotonic_time now) const noexcept;
    /// When `room` will be above 0 though nothing ends: of an open circuit, also when that time has come
    /// already and nothing has begun since. Nothing: now, or when a probe ends.
    [[nodiscard]] std::optional<monotonic_time> opens_at() const noexcept;

    /// An attempt begins; only when `room` allowed it.
    [[nodiscard]] ticket begin(monotonic_time now);

    enum class change : std::uint8_t { none, opened, half_opened, closed };
    /// An attempt ended. `opened` is told each time, also when a failed probe opens the circuit again (see
    /// `failed_probes`). `half_opened` is told with the end of the first probe that succeeded.
    change end(ticket begun, verdict said, monotonic_time now);

    /// `half_open` from the moment on when a probe may begin.
    [[nodiscard]] circuit_state state(monotonic_time now) const noexcept;

    /// How often a probe has failed since the circuit was closed: 0 tells a first opening from one that goes
    /// on.
    [[nodiscard]] std::uint32_t failed_probes() const noexcept { return failed_probes_; }

    /// New settings hold from here on; a disabled breaker is closed. An open circuit waits no longer than it
    /// would had it opened under them, and no longer than it would have anyway.
    void configure(const breaker_settings& settings);

    /// What must outlive a restart or a takeover, as a short text of printable ASCII without spaces; empty
    /// when there is nothing: closed, and no consecutive failure counted. Attempts in flight are not in it: a
    /// half-open circuit comes back as an open one whose time has come. Nor is the window of the ratio: it
    /// begins anew, and is full again within its minute.
    [[nodiscard]] std::string save(monotonic_time now, wall_time wall_now) const;
    /// Takes back what `save` gave, on this or another machine; an odd text changes nothing and gives false.
    /// Time left is at most what the settings allow, whatever the clocks say.
    bool restore(std::string_view saved, monotonic_time now, wall_time wall_now);

 private:
    enum class phase : std::uint8_t { closed, open, probing };
    /// The attempts that ended within one sixth of the window.
    struct bucket {
        std::int64_t number = -1;  ///< of the sixth, since the clock's beginning
        std::uint32_t ended = 0;
        std::uint32_t failed = 0;
    };
    static constexpr std::size_t buckets = 6;
    static constexpr std::uint32_t last_round = 8;

    void count(bool failed, monotonic_time now) noexcept;
    [[nodiscard]] bool must_open(monotonic_time now) const noexcept;
    [[nodiscard]] milliseconds open_time() const noexcept;
    change open(monotonic_time now) noexcept;
    change end_probe(verdict said, monotonic_time now) noexcept;
    void begin_round(std::uint32_t probes) noexcept;
    void close() noexcept;

    // What each attempt needs comes first, side by side.
    phase phase_ = phase::closed;
    std::uint32_t consecutive_failures_ = 0;
    std::uint64_t epoch_ = 0;
    breaker_settings settings_;
    std::array<bucket, buckets> window_{};
    monotonic_time opened_at_{};
    monotonic_time open_until_{};
    std::uint32_t failed_probes_ = 0;
    std::uint32_t round_ = 1;      ///< probes of this round: 1, 2, 4, 8
    std::uint32_t begun_ = 0;      ///< of these
    std::uint32_t succeeded_ = 0;  ///< of these
};

}  // namespace postrider::breaker
