#include "endpoint_series.h"
#include "families.h"
#include "intake_counts.h"
#include "script_seconds.h"

#include <postrider/metrics/registry.h>

#include <prometheus/text_serializer.h>

#include <array>
#include <sstream>
#include <vector>

namespace postrider::metrics {

namespace {

constexpr std::array delivery_buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0};
// Fine where a good day is, a millisecond or two, and coarse where a bad one is.
constexpr std::array latency_buckets{0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02,
                                     0.03,   0.05,  0.1,   0.25,  0.5,   1.0,    5.0,  30.0};
constexpr std::array redis_buckets{0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                   0.025,   0.05,   0.1,   0.25,   0.5,   1.0};

family<counter> counters(const metric& metric, std::vector<label> labels, std::size_t max_series) {
    return {metric, std::move(labels), max_series, [] { return std::make_shared<counter>(); }};
}

family<histogram> histograms(const metric& metric, std::vector<label> labels, std::size_t max_series,
                             std::span<const double> buckets) {
    return {metric, std::move(labels), max_series,
            [buckets] { return std::make_shared<histogram>(buckets); }};
}

/// A metric without labels: one series, from the beginning.
template <typename Series>
struct single {
    const metric what;
    Series value;

    void collect(std::vector<prometheus::MetricFamily>& out) const {
        auto& family = out.emplace_back();
        family.name = what.name;
        family.help = what.help;
        family.type = type_of<Series>();
        value.collect(family.metric.emplace_back());
    }
};

template <typename Family>
void collect_shown(std::vector<prometheus::MetricFamily>& out, const Family& family) {
    auto collected = family.collect();
    if (!collected.metric.empty()) out.push_back(std::move(collected));
}

}  // namespace

endpoint_families::endpoint_families(std::size_t max_series)
    : deliveries(counters(names::deliveries, {{"endpoint"}, {"event_type"}, {"status", false}}, max_series)),
      delivery_seconds(histograms(names::delivery_seconds, {{"endpoint"}}, max_series, delivery_buckets)),
      retries(counters(names::retries, {{"endpoint"}}, max_series)),
      dead_letters_total(counters(names::dead_letters_total, {{"endpoint"}, {"reason", false}}, max_series)),
      in_flight(names::in_flight, overflow::sum, max_series),
      queue_depth(names::queue_depth, overflow::sum, max_series),
      oldest_event_seconds(names::oldest_event_seconds, overflow::maximum, max_series),
      dead_letters(names::dead_letters, overflow::sum, max_series),
      circuit_state(names::circuit_state, overflow::maximum, max_series),
      held(names::endpoint_held, overflow::sum, max_series) {}

void endpoint_families::forget_gauges(std::string_view endpoint) {
    for (auto* const one :
         {&in_flight, &queue_depth, &oldest_event_seconds, &dead_letters, &circuit_state, &held})
        one->forget(endpoint);
}

void endpoint_families::forget(std::string_view endpoint) {
    deliveries.forget(endpoint);
    delivery_seconds.forget(endpoint);
    retries.forget(endpoint);
    dead_letters_total.forget(endpoint);
    forget_gauges(endpoint);
}

void endpoint_families::collect(std::vector<prometheus::MetricFamily>& out) const {
    collect_shown(out, deliveries);
    collect_shown(out, delivery_seconds);
    collect_shown(out, retries);
    collect_shown(out, dead_letters_total);
    for (const auto* const one :
         {&in_flight, &queue_depth, &oldest_event_seconds, &dead_letters, &circuit_state, &held})
        collect_shown(out, *one);
}

struct registry::state {
    explicit state(std::size_t most)
        : max_series(most),
          endpoints(most),
          events(counters(names::events, {{"event_type"}, {"result", false}}, most)),
          redis_seconds(histograms(names::redis_seconds, {{"script"}}, most, redis_buckets)),
          stored_faults(counters(names::stored_faults, {{"kind"}}, most)),
          refused_connections(
              counters(names::refused_connections, {{"listener", false}, {"reason", false}}, most)),
          rate_limited(counters(names::rate_limited, {{"token"}}, most)),
          previous_token(counters(names::previous_token, {{"token"}}, most)),
          egress_blocked(counters(names::egress_blocked, {{"reason", false}}, most)),
          config_reloads(counters(names::config_reloads, {{"result", false}}, most)),
          scripts(redis_seconds),
          reloads_succeeded(config_reloads.find({"success"})),
          reloads_failed(config_reloads.find({"failure"})) {
        for (const auto* const reason : egress_reasons)
            (void)egress_blocked.find({reason});
    }

    [[nodiscard]] std::vector<prometheus::MetricFamily> collect() const {
        std::vector<prometheus::MetricFamily> all;
        collect_shown(all, events);
        ingest_seconds.collect(all);
        time_to_first_attempt.collect(all);
        for (const auto* const one : {&duplicate_events, &auth_failures})
            one->collect(all);
        for (const auto* const one :
             {&egress_blocked, &refused_connections, &rate_limited, &previous_token, &config_reloads})
            collect_shown(all, *one);
        collect_shown(all, redis_seconds);
        collect_shown(all, stored_faults);
        for (const auto* const one :
             {&last_reload_successful, &last_reload_seconds, &partitions_owned, &audit_mismatch})
            one->collect(all);
        endpoints.collect(all);
        return all;
    }

    const std::size_t max_series;
    endpoint_families endpoints;
    family<counter> events;
    family<histogram> redis_seconds;
    family<counter> stored_faults;
    family<counter> refused_connections;
    family<counter> rate_limited;
    family<counter> previous_token;
    family<counter> egress_blocked;
    family<counter> config_reloads;
    script_seconds scripts;
    const std::shared_ptr<counter> reloads_succeeded;
    const std::shared_ptr<counter> reloads_failed;
    single<histogram> ingest_seconds{names::ingest_seconds, histogram(latency_buckets)};
    single<histogram> time_to_first_attempt{names::time_to_first_attempt, histogram(latency_buckets)};
    single<counter> duplicate_events{names::duplicate_events, {}};
    single<counter> auth_failures{names::auth_failures, {}};
    single<gauge> last_reload_successful{names::last_reload_successful, {}};
    single<gauge> last_reload_seconds{names::last_reload_seconds, {}};
    single<gauge> partitions_owned{names::partitions_owned, {}};
    single<gauge> audit_mismatch{names::audit_mismatch, {}};
};

registry::registry(std::size_t max_series) : state_(std::make_unique<state>(max_series)) {}
registry::~registry() = default;

std::unique_ptr<endpoint_series> registry::for_endpoint(std::string_view endpoint_id) {
    return std::make_unique<cached_endpoint_series>(state_->endpoints, endpoint_id);
}

std::unique_ptr<intake_counts> registry::for_intake() {
    return std::make_unique<cached_intake_counts>(state_->events, state_->max_series);
}

void registry::forget_gauges(std::string_view endpoint_id) {
    state_->endpoints.forget_gauges(endpoint_id);
}

void registry::forget_endpoint(std::string_view endpoint_id) {
    state_->endpoints.forget(endpoint_id);
}

void registry::observe_ingest_seconds(double seconds) {
    state_->ingest_seconds.value.observe(seconds);
}

void registry::observe_time_to_first_attempt(double seconds) {
    state_->time_to_first_attempt.value.observe(seconds);
}

void registry::count_duplicate() {
    state_->duplicate_events.value.increment();
}

void registry::count_auth_failure() {
    state_->auth_failures.value.increment();
}

void registry::count_egress_blocked(std::string_view reason) {
    state_->egress_blocked.find({reason})->increment();
}

void registry::note_loaded(wall_time now) {
    const std::chrono::duration<double> since_1970 = now.time_since_epoch();
    state_->last_reload_successful.value.set(1);
    state_->last_reload_seconds.value.set(since_1970.count());
}

void registry::count_reload(wall_time now) {
    state_->reloads_succeeded->increment();
    note_loaded(now);
}

void registry::count_failed_reload() {
    state_->reloads_failed->increment();
    state_->last_reload_successful.value.set(0);
}

void registry::observe_redis_seconds(std::string_view script, double seconds) {
    state_->scripts.observe(script, seconds);
}

void registry::change_partitions_owned(std::int64_t by) {
    state_->partitions_owned.value.change(static_cast<double>(by));
}

void registry::change_audit_mismatch(std::int64_t by) {
    state_->audit_mismatch.value.change(static_cast<double>(by));
}

void registry::count_stored_fault(std::string_view kind) {
    state_->stored_faults.find({kind})->increment();
}

void registry::count_refused_connection(std::string_view listener, std::string_view reason) {
    state_->refused_connections.find({listener, reason})->increment();
}

void registry::count_rate_limited(std::string_view token) {
    state_->rate_limited.find({token})->increment();
}

void registry::count_previous_token(std::string_view token) {
    state_->previous_token.find({token})->increment();
}

std::string registry::render() const {
    std::ostringstream text;
    prometheus::TextSerializer().Serialize(text, state_->collect());
    return std::move(text).str();
}

}  // namespace postrider::metrics
