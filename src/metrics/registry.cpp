#include "endpoint_series.h"
#include "families.h"

#include <postrider/metrics/registry.h>

#include <prometheus/gauge.h>
#include <prometheus/text_serializer.h>

#include <initializer_list>
#include <sstream>
#include <vector>

namespace postrider::metrics {

namespace {

using prometheus::Counter;
using prometheus::Histogram;

const std::vector<double> delivery_buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30};
// Fine where a good day is, a millisecond or two, and coarse where a bad one is.
const std::vector<double> latency_buckets{0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02,
                                          0.03,   0.05,  0.1,   0.25,  0.5,   1,      5,    30};
const std::vector<double> redis_buckets{0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                        0.025,   0.05,   0.1,   0.25,   0.5,   1};

prometheus::Family<Counter>& counters(prometheus::Registry& registry, const metric& metric) {
    return prometheus::BuildCounter().Name(metric.name).Help(metric.help).Register(registry);
}

prometheus::Family<Histogram>& histograms(prometheus::Registry& registry, const metric& metric) {
    return prometheus::BuildHistogram().Name(metric.name).Help(metric.help).Register(registry);
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const metric& metric) {
    return prometheus::BuildGauge().Name(metric.name).Help(metric.help).Register(registry).Add({});
}

std::string_view to_string(intake_result result) noexcept {
    switch (result) {
        case intake_result::accepted:
            return "accepted";
        case intake_result::unmatched:
            return "unmatched";
        case intake_result::duplicate:
            return "duplicate";
        case intake_result::conflict:
            return "conflict";
        case intake_result::invalid:
            return "invalid";
        case intake_result::unavailable:
            return "unavailable";
    }
    return "unknown";
}

}  // namespace

endpoint_families::endpoint_families(prometheus::Registry& registry, std::size_t max_series)
    : deliveries(counters(registry, names::deliveries), {{"endpoint"}, {"event_type"}, {"status", false}},
                 max_series),
      delivery_seconds(histograms(registry, names::delivery_seconds), {{"endpoint"}}, max_series,
                       delivery_buckets),
      retries(counters(registry, names::retries), {{"endpoint"}}, max_series),
      dead_letters_total(counters(registry, names::dead_letters_total), {{"endpoint"}, {"reason", false}},
                         max_series),
      in_flight(names::in_flight, overflow::sum, max_series),
      queue_depth(names::queue_depth, overflow::sum, max_series),
      oldest_event_seconds(names::oldest_event_seconds, overflow::maximum, max_series),
      dead_letters(names::dead_letters, overflow::sum, max_series),
      circuit_state(names::circuit_state, overflow::maximum, max_series),
      held(names::endpoint_held, overflow::sum, max_series) {}

struct registry::state {
    explicit state(std::size_t max_series)
        : endpoints(all, max_series),
          events(counters(all, names::events), {{"event_type"}, {"result", false}}, max_series),
          redis_seconds(histograms(all, names::redis_seconds), {{"script"}}, max_series, redis_buckets),
          stored_faults(counters(all, names::stored_faults), {{"kind"}}, max_series),
          refused_connections(counters(all, names::refused_connections),
                              {{"listener", false}, {"reason", false}}, max_series),
          rate_limited(counters(all, names::rate_limited), {{"token"}}, max_series),
          previous_token(counters(all, names::previous_token), {{"token"}}, max_series),
          egress_blocked(counters(all, names::egress_blocked), {{"reason", false}}, max_series),
          ingest_seconds(histograms(all, names::ingest_seconds).Add({}, latency_buckets)),
          time_to_first_attempt(histograms(all, names::time_to_first_attempt).Add({}, latency_buckets)),
          duplicate_events(counters(all, names::duplicate_events).Add({})),
          auth_failures(counters(all, names::auth_failures).Add({})),
          reloads_succeeded(counters(all, names::config_reloads).Add({{"result", "success"}})),
          reloads_failed(counters(all, names::config_reloads).Add({{"result", "failure"}})),
          partitions_owned(gauge(all, names::partitions_owned)),
          audit_mismatch(gauge(all, names::audit_mismatch)) {
        for (const auto* const reason : egress_reasons)
            egress_blocked.find({reason});
    }

    prometheus::Registry all;
    endpoint_families endpoints;
    bounded_family<Counter> events;
    bounded_family<Histogram> redis_seconds;
    bounded_family<Counter> stored_faults;
    bounded_family<Counter> refused_connections;
    bounded_family<Counter> rate_limited;
    bounded_family<Counter> previous_token;
    bounded_family<Counter> egress_blocked;
    Histogram& ingest_seconds;
    Histogram& time_to_first_attempt;
    Counter& duplicate_events;
    Counter& auth_failures;
    Counter& reloads_succeeded;
    Counter& reloads_failed;
    prometheus::Gauge& partitions_owned;
    prometheus::Gauge& audit_mismatch;
};

registry::registry(std::size_t max_series) : state_(std::make_unique<state>(max_series)) {}
registry::~registry() = default;

std::unique_ptr<endpoint_series> registry::for_endpoint(std::string_view endpoint_id) {
    return std::make_unique<cached_endpoint_series>(state_->endpoints, endpoint_id);
}

void registry::forget_endpoint(std::string_view endpoint_id) {
    for (auto* const family : state_->endpoints.gauges())
        family->forget(endpoint_id);
}

void registry::count_event(std::string_view event_type, intake_result result) {
    state_->events.find({event_type, to_string(result)}).Increment();
}

void registry::observe_ingest_seconds(double seconds) {
    state_->ingest_seconds.Observe(seconds);
}

void registry::observe_time_to_first_attempt(double seconds) {
    state_->time_to_first_attempt.Observe(seconds);
}

void registry::count_duplicate() {
    state_->duplicate_events.Increment();
}

void registry::count_auth_failure() {
    state_->auth_failures.Increment();
}

void registry::count_egress_blocked(std::string_view reason) {
    state_->egress_blocked.find({reason}).Increment();
}

void registry::count_config_reload(bool succeeded) {
    (succeeded ? state_->reloads_succeeded : state_->reloads_failed).Increment();
}

void registry::observe_redis_seconds(std::string_view script, double seconds) {
    state_->redis_seconds.find({script}).Observe(seconds);
}

void registry::change_partitions_owned(std::int64_t by) {
    state_->partitions_owned.Increment(static_cast<double>(by));
}

void registry::change_audit_mismatch(std::int64_t by) {
    state_->audit_mismatch.Increment(static_cast<double>(by));
}

void registry::count_stored_fault(std::string_view kind) {
    state_->stored_faults.find({kind}).Increment();
}

void registry::count_refused_connection(std::string_view listener, std::string_view reason) {
    state_->refused_connections.find({listener, reason}).Increment();
}

void registry::count_rate_limited(std::string_view token) {
    state_->rate_limited.find({token}).Increment();
}

void registry::count_previous_token(std::string_view token) {
    state_->previous_token.find({token}).Increment();
}

std::string registry::render() const {
    auto families = state_->all.Collect();
    for (const auto* const family : state_->endpoints.gauges()) {
        auto collected = family->collect();
        if (!collected.metric.empty()) families.push_back(std::move(collected));
    }
    std::ostringstream text;
    prometheus::TextSerializer().Serialize(text, families);
    return std::move(text).str();
}

}  // namespace postrider::metrics
