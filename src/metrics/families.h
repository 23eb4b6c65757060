#pragma once

#include "bounded_family.h"
#include "gauge_family.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>

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

    endpoint_families(prometheus::Registry& registry, std::size_t max_series);
};

}  // namespace postrider::metrics
