#include "room_left.h"

#include <postrider/dispatch/admission.h>

#include <algorithm>

namespace postrider::dispatch {
namespace {

constexpr std::string_view nothing = "-";

std::string or_nothing(std::string text) {
    return text.empty() ? std::string(nothing) : text;
}

}  // namespace

admission::admission(const endpoint& endpoint, monotonic_time now)
    : window_(endpoint.concurrency), circuit_(endpoint.circuit_breaker) {
    configure(endpoint, now);
}

void admission::configure(const endpoint& endpoint, monotonic_time now) {
    circuit_.configure(endpoint.circuit_breaker);
    window_.set_limit(endpoint.concurrency);
    if (!endpoint.rate_limit) {
        bucket_.reset();
    } else if (!bucket_ || bucket_->settings() != *endpoint.rate_limit) {
        bucket_.emplace(*endpoint.rate_limit, now);
    }
    note_circuit(now);
}

std::uint32_t admission::room(std::uint32_t sending, std::uint32_t reserved, monotonic_time now) const {
    std::uint32_t room = room_left(window_.size(), sending + reserved);
    if (room > 0 && bucket_) room = std::min(room, room_left(bucket_->available(now), reserved));
    if (room > 0 && !is_closed_) room = std::min(room, room_left(circuit_.room(now), reserved));
    return room;
}

std::optional<monotonic_time> admission::next_room(std::uint32_t reserved, monotonic_time now) const {
    if (!is_closed_) {
        if (const auto at = circuit_.opens_at(); at && *at > now) return at;
        if (circuit_.room(now) <= reserved) return std::nullopt;
    }
    if (bucket_ && bucket_->available(now) <= reserved && reserved < bucket_->settings().burst)
        return bucket_->time_of(reserved + 1, now);
    return std::nullopt;
}

breaker::breaker::ticket admission::begin(monotonic_time now) {
    if (bucket_) bucket_->take(now);
    return circuit_.begin(now);
}

admission::lesson admission::end(const ended_attempt& attempt, const auto_disable_settings& auto_disable,
                                 monotonic_time now, wall_time wall_now) {
    lesson learned;
    learned.circuit = circuit_.end(attempt.ticket, attempt.verdict, now);
    note_circuit(now);
    if (attempt.overloaded) window_.note_overload(attempt.begun_at, now);
    if (attempt.delivered) {
        window_.note_success();
        span_.note_success();
    } else if (attempt.verdict != breaker::verdict::none) {
        learned.span = span_.note_failure(wall_now, auto_disable);
    }
    return learned;
}

void admission::forgive() {
    // What is restored from nothing is closed with a clean count, and knows no attempt that is under way.
    circuit_.restore({}, {}, {});
    span_.note_success();
    is_closed_ = true;
}

std::string admission::save(monotonic_time now, wall_time wall_now) const {
    const std::string circuit = circuit_.save(now, wall_now);
    const std::string span = span_.save();
    if (circuit.empty() && span.empty()) return {};
    return or_nothing(circuit) + ' ' + or_nothing(span);
}

void admission::restore(std::string_view saved, monotonic_time now, wall_time wall_now) {
    const std::size_t space = saved.find(' ');
    if (space == std::string_view::npos) return;
    const auto circuit = saved.substr(0, space);
    const auto span = saved.substr(space + 1);
    if (circuit != nothing) circuit_.restore(circuit, now, wall_now);
    if (span != nothing) span_.restore(span, wall_now);
    note_circuit(now);
}

void admission::note_circuit(monotonic_time now) {
    is_closed_ = circuit_.state(now) == breaker::circuit_state::closed;
}

breaker::verdict judge(const attempt_result& result, const outcome& outcome) noexcept {
    if (result.own_fault) return breaker::verdict::none;
    if (outcome.what == outcome::kind::delivered) return breaker::verdict::success;
    const bool refused_for_good =
        outcome.what == outcome::kind::dead &&
        (outcome.reason == dead_reason::terminal_status || outcome.reason == dead_reason::gone);
    return refused_for_good ? breaker::verdict::success : breaker::verdict::failure;
}

bool is_unreachable(const attempt_result& result) noexcept {
    switch (result.error) {
        case transport_error::blocked:
        case transport_error::dns:
        case transport_error::connect:
        case transport_error::connect_timeout:
            return true;
        default:
            return false;
    }
}

bool is_overloaded(const attempt_result& result) noexcept {
    if (result.error == transport_error::timeout || result.error == transport_error::connect_timeout)
        return true;
    return result.error == transport_error::none && (result.status == 429 || result.status == 503);
}

}  // namespace postrider::dispatch
