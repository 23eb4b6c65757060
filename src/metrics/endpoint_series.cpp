#include "endpoint_series.h"

namespace postrider::metrics {

cached_endpoint_series::by_type::value_type& cached_endpoint_series::counters_of(
    std::string_view event_type) {
    if (const auto known = attempts_.find(event_type); known != attempts_.end()) return *known;
    const std::string_view shown = attempts_.size() < most_event_types ? event_type : other;
    return *attempts_.try_emplace(std::string(shown)).first;
}

void cached_endpoint_series::count_attempt(std::string_view event_type, attempt_status status) {
    auto& [shown_type, counters] = counters_of(event_type);
    auto*& counter = counters.at(static_cast<std::size_t>(status));
    if (counter == nullptr) counter = &families_.deliveries.find({endpoint_, shown_type, to_string(status)});
    counter->Increment();
}

void cached_endpoint_series::observe_delivery_seconds(double seconds) {
    if (delivery_seconds_ == nullptr) delivery_seconds_ = &families_.delivery_seconds.find({endpoint_});
    delivery_seconds_->Observe(seconds);
}

void cached_endpoint_series::count_retry() {
    if (retries_ == nullptr) retries_ = &families_.retries.find({endpoint_});
    retries_->Increment();
}

void cached_endpoint_series::count_dead(std::string_view reason) {
    families_.dead_letters_total.find({endpoint_, reason}).Increment();  // rare: not worth keeping
}

std::shared_ptr<endpoint_gauge>& cached_endpoint_series::look_up(std::shared_ptr<endpoint_gauge>& gauge,
                                                                 gauge_family& family) {
    if (!gauge) gauge = family.find(endpoint_);
    return gauge;
}

void cached_endpoint_series::set_in_flight(std::uint64_t value) {
    look_up(in_flight_, families_.in_flight)->set(static_cast<double>(value));
}

void cached_endpoint_series::set_queue_depth(std::uint64_t value) {
    look_up(queue_depth_, families_.queue_depth)->set(static_cast<double>(value));
}

void cached_endpoint_series::set_oldest_event_seconds(double value) {
    look_up(oldest_event_seconds_, families_.oldest_event_seconds)->set(value);
}

void cached_endpoint_series::set_dead_letters(std::uint64_t value) {
    look_up(dead_letters_, families_.dead_letters)->set(static_cast<double>(value));
}

void cached_endpoint_series::set_circuit_state(int value) {
    look_up(circuit_state_, families_.circuit_state)->set(static_cast<double>(value));
}

void cached_endpoint_series::set_held(bool held) {
    look_up(held_, families_.held)->set(held ? 1 : 0);
}

}  // namespace postrider::metrics
