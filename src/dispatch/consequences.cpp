#include "consequences.h"

#include <postrider/log/log.h>

namespace postrider::dispatch {

using circuit_change = breaker::breaker::change;
using span_verdict = breaker::failing_span::verdict;

breaker::verdict consequences::judge_in_storm(const ended_attempt& attempt, const endpoint_queue& queue,
                                              monotonic_time now) {
    const auto said = judge(attempt.result, attempt.decided);
    if (!is_unreachable(attempt.result)) {
        if (attempt.result.error == transport_error::none) storm_.note_answer(now);
    } else if (!attempt.result.own_fault) {
        storm_.note_unreachable(queue.name, now);
    }
    const bool ours = storm_.is_on(now);
    if (storm_.began(ours))
        log::error(
            "many endpoints became unreachable at once: the fault is taken to be ours, no circuit opens");
    return ours && said == breaker::verdict::failure ? breaker::verdict::none : said;
}

void consequences::draw(endpoint_queue& queue, const ended_attempt& attempt) {
    if (attempt.decided.what == outcome::kind::dead) tell_of_death(attempt);
    if (!queue.policies) return;
    // Another url is another receiver: what the one before said is nothing against it.
    const bool same = queue.endpoint.get() == &attempt.to;  // as nearly always: no url has to be compared
    if (!same && (!queue.endpoint || queue.endpoint->url_text != attempt.to.url_text))
        return draw_none(queue, attempt.ticket, attempt.begun_at);
    admission::ended_attempt ended;
    ended.ticket = attempt.ticket;
    ended.begun_at = attempt.begun_at;
    ended.verdict = judge_in_storm(attempt, queue, attempt.now);
    ended.delivered = attempt.decided.what == outcome::kind::delivered;
    ended.overloaded = is_overloaded(attempt.result);
    const bool was_clean = queue.saved_health.empty() && !queue.health_changed;
    const auto learned = queue.policies->end(ended, attempt.to.auto_disable, attempt.now, attempt.wall_now);
    if (!was_clean || !ended.delivered) queue.health_changed = true;
    follow_circuit(queue, attempt.to, learned.circuit);
    follow_span(queue, attempt.to, learned.span);
    if (attempt.decided.what == outcome::kind::dead && attempt.decided.reason == dead_reason::gone)
        disable(queue, attempt.to, standing::disablement::gone);
}

void consequences::tell_of_death(const ended_attempt& attempt) {
    news_.event_died(attempt.to, attempt.what, to_string(attempt.decided.reason), attempt.number,
                     attempt.result.status, attempt.result.detail);
}

void consequences::draw_none(endpoint_queue& queue, breaker::breaker::ticket ticket,
                             monotonic_time begun_at) {
    if (!queue.policies) return;
    admission::ended_attempt ended;
    ended.ticket = ticket;
    ended.begun_at = begun_at;
    (void)queue.policies->end(ended, {}, time_.monotonic_now(), time_.wall_now());
}

void consequences::follow_circuit(endpoint_queue& queue, const endpoint& endpoint, circuit_change change) {
    if (change == circuit_change::none) return;
    if (change == circuit_change::opened) {
        // A failed probe opens it again: that is no news.
        if (queue.policies->failed_probes() == 0) {
            log::warning("circuit opened", {{"endpoint", endpoint.id}, {"tenant", endpoint.tenant}});
            news_.circuit_opened(endpoint);
        }
    } else if (change == circuit_change::closed) {
        log::info("circuit closed", {{"endpoint", endpoint.id}, {"tenant", endpoint.tenant}});
        news_.circuit_closed(endpoint);
    }
    queue.health_changed = true;
    save_health(queue);
}

void consequences::follow_span(endpoint_queue& queue, const endpoint& endpoint, span_verdict span) {
    if (span == span_verdict::none) return;
    const wall_time since = queue.policies->failing_since().value_or(time_.wall_now());
    if (span == span_verdict::warn) {
        log::warning(
            "endpoint fails and will be disabled",
            {{"endpoint", endpoint.id}, {"tenant", endpoint.tenant}, {"failing_since", to_rfc3339(since)}});
        news_.endpoint_failing(endpoint, since,
                               queue.policies->disables_at(endpoint.auto_disable).value_or(since));
    } else {
        disable(queue, endpoint, standing::disablement::failing);
    }
    queue.health_changed = true;
}

void consequences::disable(endpoint_queue& queue, const endpoint& endpoint, standing::disablement why) {
    if (queue.disabled || queue.disabling) return;
    queue.held = true;
    queue.disabling = true;
    queue.disabled_as_of.reset();
    const std::string_view reason = why == standing::disablement::gone ? "gone" : "failing";
    log::warning("endpoint disabled",
                 {{"endpoint", endpoint.id}, {"tenant", endpoint.tenant}, {"reason", reason}});
    news_.endpoint_disabled(endpoint, reason);
    disable_(queue.name, why, endpoint.url_text);
}

void consequences::forgive(endpoint_queue& queue) {
    if (!queue.policies || !queue.endpoint) return;
    const bool was_closed = queue.policies->circuit(time_.monotonic_now()) == breaker::circuit_state::closed;
    queue.policies->forgive();
    queue.health_changed = true;
    if (!was_closed) follow_circuit(queue, *queue.endpoint, circuit_change::closed);
}

void consequences::save_health(endpoint_queue& queue) {
    if (!queue.health_changed || !queue.policies) return;
    queue.health_changed = false;
    std::string health = queue.policies->save(time_.monotonic_now(), time_.wall_now());
    if (health == queue.saved_health) return;
    queue.saved_health = health;
    store_.save_health(queue.partition, queue.name, std::move(health));
}

}  // namespace postrider::dispatch
