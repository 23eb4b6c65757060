#include "endpoint_series.h"

namespace postrider::metrics {

namespace {

template <typename Series>
bool must_look_up(const std::shared_ptr<Series>& held) noexcept {
    return !held || held->has_ended();
}

}  // namespace

cached_endpoint_series::by_type::value_type& cached_endpoint_series::counters_of(
    std::string_view event_type) {
    if (last_counted_ != nullptr && last_counted_->first == event_type) return *last_counted_;
    if (const auto known = attempts_.find(event_type); known != attempts_.end()) {
        last_counted_ = &*known;
    } else {
        const std::string_view shown = attempts_.size() < most_event_types ? event_type : other;
        last_counted_ = &*attempts_.try_emplace(std::string(shown)).first;
    }
    return *last_counted_;
}

void cached_endpoint_series::count_attempt(std::string_view event_type, attempt_status status) {
    auto& [shown_type, counters] = counters_of(event_type);
    auto& counter = counters.at(static_cast<std::size_t>(status));
    if (must_look_up(counter))
        counter = families_.deliveries.find({endpoint_, shown_type, to_string(status)});
    counter->increment();
}

void cached_endpoint_series::observe_delivery_seconds(double seconds) {
    if (must_look_up(delivery_seconds_)) delivery_seconds_ = families_.delivery_seconds.find({endpoint_});
    delivery_seconds_->observe(seconds);
}

void cached_endpoint_series::count_retry() {
    if (must_look_up(retries_)) retries_ = families_.retries.find({endpoint_});
    retries_->increment();
}

void cached_endpoint_series::count_dead(std::string_view reason) {
    families_.dead_letters_total.find({endpoint_, reason})->increment();  // rare: not worth keeping
}

void cached_endpoint_series::set(std::shared_ptr<gauge>& held, gauge_family& family, double value) {
    if (must_look_up(held)) held = family.find(endpoint_);
    held->set(value);
}

void cached_endpoint_series::set_in_flight(std::uint64_t value) {
    set(in_flight_, families_.in_flight, static_cast<double>(value));
}

void cached_endpoint_series::set_queue_depth(std::uint64_t value) {
    set(queue_depth_, families_.queue_depth, static_cast<double>(value));
}

void cached_endpoint_series::set_oldest_event_seconds(double value) {
    set(oldest_event_seconds_, families_.oldest_event_seconds, value);
}

void cached_endpoint_series::set_dead_letters(std::uint64_t value) {
    set(dead_letters_, families_.dead_letters, static_cast<double>(value));
}

void cached_endpoint_series::set_circuit_state(int value) {
    set(circuit_state_, families_.circuit_state, value);
}

void cached_endpoint_series::set_held(bool held) {
    set(held_, families_.held, held ? 1 : 0);
}

}  // namespace postrider::metrics
