#pragma once

#include <postrider/base/clock.h>
#include <postrider/breaker/breaker.h>
#include <postrider/breaker/failing_span.h>
#include <postrider/event/attempt.h>
#include <postrider/event/endpoint.h>
#include <postrider/limit/concurrency_window.h>
#include <postrider/limit/token_bucket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::dispatch {

/// What an endpoint's own policies allow now: its circuit, its rate, its concurrency. Pure; one for each
/// queue of a shard, which owns it, so that all of it is exact.
class admission {
 public:
    admission(const endpoint& endpoint, monotonic_time now);

    /// New settings. The circuit and the window keep what they learned; a changed rate begins empty.
    void configure(const endpoint& endpoint, monotonic_time now);

    /// How many more may be claimed, with `sending` attempts under way and `reserved` claimed or about to be.
    /// A token and a probe are taken when the attempt begins, and what is reserved counts against them, so
    /// that every reservation will find one.
    [[nodiscard]] std::uint32_t room(std::uint32_t sending, std::uint32_t reserved, monotonic_time now) const;
    /// How many attempts may be under way by its concurrency alone; at least 1.
    [[nodiscard]] std::uint32_t window() const noexcept { return window_.size(); }
    /// Whether `room` depends on the time at all: most endpoints have no rate and a closed circuit.
    [[nodiscard]] bool is_timed() const noexcept { return bucket_.has_value() || !is_closed_; }
    /// When there will be room by the mere passing of time; nothing when something else must happen.
    [[nodiscard]] std::optional<monotonic_time> next_room(std::uint32_t reserved, monotonic_time now) const;

    /// Whether what was reserved may begin: the circuit may have opened meanwhile.
    [[nodiscard]] bool may_begin(monotonic_time now) const { return circuit_.room(now) > 0; }
    [[nodiscard]] breaker::breaker::ticket begin(monotonic_time now);

    /// What an attempt that ended says of the endpoint.
    struct lesson {
        breaker::breaker::change circuit = breaker::breaker::change::none;
        breaker::failing_span::verdict span = breaker::failing_span::verdict::none;
    };
    struct ended_attempt {
        breaker::breaker::ticket ticket;
        monotonic_time begun_at;
        breaker::verdict verdict = breaker::verdict::none;
        bool delivered = false;
        bool overloaded = false;  ///< 429, 503, or a timeout
    };
    lesson end(const ended_attempt& attempt, const auto_disable_settings& auto_disable, monotonic_time now,
               wall_time wall_now);

    /// How often probes failed since the circuit opened.
    [[nodiscard]] std::uint32_t failed_probes() const noexcept { return circuit_.failed_probes(); }
    [[nodiscard]] breaker::circuit_state circuit(monotonic_time now) const { return circuit_.state(now); }
    [[nodiscard]] std::optional<wall_time> failing_since() const noexcept { return span_.since(); }
    [[nodiscard]] std::optional<wall_time> disables_at(const auto_disable_settings& settings) const noexcept {
        return span_.disables_at(settings);
    }
    /// What was counted against the endpoint is forgotten: its circuit is closed with a clean count, nothing
    /// is known of failures, and attempts under way say nothing of its circuit when they end.
    void forgive();

    /// Circuit and failing span, for the next owner; empty: nothing to tell.
    [[nodiscard]] std::string save(monotonic_time now, wall_time wall_now) const;
    void restore(std::string_view saved, monotonic_time now, wall_time wall_now);

 private:
    void note_circuit(monotonic_time now);

    // What each attempt needs comes first, side by side.
    bool is_closed_ = true;
    limit::concurrency_window window_;
    breaker::breaker circuit_;
    breaker::failing_span span_;
    std::optional<limit::token_bucket> bucket_;
};

/// What an attempt says about the receiver: a fault of ours says nothing, and a refusal for good shows that
/// somebody is there.
[[nodiscard]] breaker::verdict judge(const attempt_result& result, const outcome& outcome) noexcept;
/// No name, no connection: such failures may be a fault of ours when they are everywhere.
[[nodiscard]] bool is_unreachable(const attempt_result& result) noexcept;
[[nodiscard]] bool is_overloaded(const attempt_result& result) noexcept;

}  // namespace postrider::dispatch
