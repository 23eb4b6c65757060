#pragma once

#include "family.h"
#include "gauge_family.h"

#include <array>
#include <string_view>
#include <vector>

namespace postrider::metrics {

/// The metrics that have an endpoint as label.
struct endpoint_families {
    family<counter> deliveries;
    family<histogram> delivery_seconds;
    family<counter> retries;
    family<counter> dead_letters_total;
    gauge_family in_flight;
    gauge_family queue_depth;
    gauge_family oldest_event_seconds;
    gauge_family dead_letters;
    gauge_family circuit_state;
    gauge_family held;

    explicit endpoint_families(std::size_t max_series);

    void forget_gauges(std::string_view endpoint);
    void forget(std::string_view endpoint);
    /// In the order in which they are shown; those without a series are left out.
    void collect(std::vector<prometheus::MetricFamily>& out) const;
};

}  // namespace postrider::metrics
