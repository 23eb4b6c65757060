#include "settlement.h"

#include <postrider/event/trace.h>
#include <postrider/log/log.h>
#include <postrider/retry/decision.h>

#include <string_view>

namespace postrider::dispatch {
namespace {

std::string_view name_of(outcome::kind kind) {
    switch (kind) {
        case outcome::kind::delivered:
            return "delivered";
        case outcome::kind::retry:
            return "retry";
        case outcome::kind::dead:
            return "dead";
    }
    return "";
}

/// The trace that an attempt is a span of; empty: none.
std::string_view trace_of(const event& event, const attempt_result& result) {
    if (result.span_id == 0) return {};
    const auto parent = read_traceparent(event.traceparent);
    return parent ? parent->trace_id : std::string_view();
}

void log_attempt(const event& event, std::uint32_t attempt, const endpoint& endpoint,
                 const attempt_result& result, const outcome& outcome) {
    const bool dead = outcome.what == outcome::kind::dead;
    const auto level = dead ? log::level::warning : log::level::info;
    if (!log::enabled(level)) return;
    if (outcome.what == outcome::kind::delivered && !log::in_sample(event.id)) return;
    const auto trace_id = trace_of(event, result);
    const span_text span(result.span_id);
    log::write(level, "attempt",
               {{"endpoint", endpoint.id},
                {"tenant", endpoint.tenant},
                {"event_id", event.id},
                {"event_type", event.type},
                {"attempt", attempt},
                {"status", result.status},
                {"outcome", name_of(outcome.what)},
                {"error", words_for_operators(result)},
                {"duration_ms", result.duration.count()},
                {"retry_in_ms", outcome.delay.count()},
                {"reason", dead ? to_string(outcome.reason) : std::string_view{}},
                {"trace_id", trace_id},
                {"span_id", trace_id.empty() ? std::string_view() : span.text()}});
}

std::string_view reason_text(dead_reason unsent) {
    if (unsent == dead_reason::expired) return "older than max_age_seconds before it could be sent";
    if (unsent == dead_reason::interrupted) return "its last attempt was begun and never ended";
    return "its schedule was made shorter than the attempts it has had";
}

queue::dead_record record_of(const queue::delivery& delivery, const endpoint& endpoint,
                             const attempt_result& result, dead_reason reason) {
    queue::dead_record record;
    record.reason = reason;
    record.attempts = delivery.attempt;
    record.response_code = result.status;
    if (endpoint.records.log_responses) record.response_body = result.body_prefix;
    record.error = result.detail;
    record.event_type = delivery.event->type;
    return record;
}

}  // namespace

queue::attempt_record record_of_attempt(const event& event, std::uint32_t attempt, const endpoint& endpoint,
                                        const attempt_result& result, const outcome& outcome,
                                        wall_time ended_at) {
    queue::attempt_record record;
    record.event_id = event.id;
    record.event_type = event.type;
    record.begun_at = ended_at - result.duration;
    record.attempt = attempt;
    record.keeps_body = endpoint.records.log_payloads && outcome.what == outcome::kind::delivered;
    record.what = outcome.what;
    record.reason = outcome.reason;
    record.status = result.status;
    record.duration = result.duration;
    record.retry_in = outcome.delay;
    record.trace_id = trace_of(event, result);
    record.span_id = record.trace_id.empty() ? 0 : result.span_id;
    record.error = result.detail;
    record.request_headers = result.request_headers;
    if (endpoint.records.log_responses) {
        record.response_headers = result.response_headers;
        record.response_body = result.body_prefix;
    }
    return record;
}

outcome settlement::settle(const queue::delivery& delivery, const endpoint& endpoint,
                           metrics::endpoint_series& series, const attempt_result& result, wall_time now) {
    const retry::attempt_context context{delivery.attempt, delivery.since, now};
    const outcome outcome = retry::decide(result, context, endpoint.retry, random_);
    series.count_attempt(delivery.event->type, classify(result));
    series.observe_delivery_seconds(std::chrono::duration<double>(result.duration).count());
    if (result.error == transport_error::blocked) metrics_.count_egress_blocked(result.denied_by);
    queue::history_entry entry;
    entry.most = endpoint.limits.history_per_endpoint;
    if (entry.most > 0)
        entry.record = record_of_attempt(*delivery.event, delivery.attempt, endpoint, result, outcome, now);
    switch (outcome.what) {
        case outcome::kind::delivered:
            store_.complete(delivery, entry);
            break;
        case outcome::kind::retry:
            series.count_retry();
            store_.retry_later(delivery, outcome.delay, entry);
            break;
        case outcome::kind::dead:
            series.count_dead(to_string(outcome.reason));
            store_.bury(delivery, record_of(delivery, endpoint, result, outcome.reason),
                        endpoint.limits.max_dead_letters, entry);
            break;
    }
    log_attempt(*delivery.event, delivery.attempt, endpoint, result, outcome);
    return outcome;
}

void settlement::bury_unsent(const queue::delivery& delivery, const endpoint& endpoint,
                             metrics::endpoint_series& series, dead_reason reason) {
    attempt_result unsent;
    unsent.detail = reason_text(reason);
    auto record = record_of(delivery, endpoint, unsent, reason);
    record.attempts = delivery.attempt - 1;
    series.count_dead(to_string(reason));
    store_.bury(delivery, record, endpoint.limits.max_dead_letters, {});
    log::warning("delivery dead", {{"endpoint", endpoint.id},
                                   {"tenant", endpoint.tenant},
                                   {"event_id", delivery.event->id},
                                   {"event_type", delivery.event->type},
                                   {"attempts", record.attempts},
                                   {"reason", to_string(reason)},
                                   {"error", unsent.detail}});
}

}  // namespace postrider::dispatch
