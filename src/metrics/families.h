#pragma once

#include "bounded_family.h"
#include "gauge_family.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include <array>

namespace postrider::metrics {

/// The metrics that have an endpoint as label.
struct endpoint_families {
    bounded_family<prometheus::Counter> deliveries;
    bounded_family<prometheus::Histogram> delivery_seconds;
    bounded_family<prometheus::Counter> retries;
    bounded_family<prometheus::Counter> dead_letters_total;
    gauge_family in_flight;
    gauge_family queue_depth;
    gauge_family oldest_event_seconds;
    gauge_family dead_letters;
    gauge_family circuit_state;
    gauge_family held;

    endpoint_families(prometheus::Registry& registry, std::size_t max_series);

    /// In the order in which they are shown.
    [[nodiscard]] std::array<gauge_family*, 6> gauges() {
        return {&in_flight, &queue_depth, &oldest_event_seconds, &dead_letters, &circuit_state, &held};
    }
};

}  // namespace postrider::metrics
