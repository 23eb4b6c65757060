#pragma once

#include "names.h"

#include <prometheus/metric_family.h>

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace postrider::metrics {

/// What endpoints past the bound show together.
enum class overflow { sum, maximum };

/// One gauge of one endpoint, or a share in the gauge `other`. Its owner may set it from one thread.
class endpoint_gauge {
 public:
    void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
    [[nodiscard]] double value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
    std::atomic<double> value_{0};
};

/// A gauge for each endpoint, of which at most `max_series` are shown by name and the others together as
/// `other`. Thread-safe. A gauge belongs to its holders: once its endpoint is forgotten it may still be set,
/// but is not shown any more; a share in `other` ends with its holder.
class gauge_family {
 public:
    gauge_family(const metric& metric, overflow overflow, std::size_t max_series)
        : metric_(metric), overflow_(overflow), max_series_(max_series) {}

    [[nodiscard]] std::shared_ptr<endpoint_gauge> find(std::string_view endpoint);
    void forget(std::string_view endpoint);
    [[nodiscard]] prometheus::MetricFamily collect() const;

 private:
    std::shared_ptr<endpoint_gauge> find_share(std::string_view endpoint);
    double together() const;

    const metric metric_;
    const overflow overflow_;
    const std::size_t max_series_;
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<endpoint_gauge>, std::less<>> shown_;
    std::map<std::string, std::weak_ptr<endpoint_gauge>, std::less<>> others_;
    std::size_t sweep_at_ = 64;  ///< so many shares, and those without a holder are looked for
};

}  // namespace postrider::metrics
