#include "series.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace postrider::metrics {

histogram::histogram(std::span<const double> bounds) : bounds_(bounds) {
    if (bounds.size() > most_bounds) throw std::length_error("too many buckets of a histogram");
}

void histogram::observe(double value) noexcept {
    const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
    counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

void histogram::collect(prometheus::ClientMetric& out) const {
    std::uint64_t count = 0;
    out.histogram.bucket.resize(bounds_.size() + 1);
    for (std::size_t n = 0; n <= bounds_.size(); ++n) {
        count += counts_[n].load(std::memory_order_relaxed);
        out.histogram.bucket[n].cumulative_count = count;
        out.histogram.bucket[n].upper_bound =
            n < bounds_.size() ? bounds_[n] : std::numeric_limits<double>::infinity();
    }
    out.histogram.sample_count = count;
    out.histogram.sample_sum = sum_.load(std::memory_order_relaxed);
}

}  // namespace postrider::metrics
