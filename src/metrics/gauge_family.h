#pragma once

#include "names.h"
#include "series.h"

#include <prometheus/metric_family.h>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace postrider::metrics {

/// What endpoints past the bound show together.
enum class overflow { sum, maximum };

/// A gauge for each endpoint, of which at most `max_series` are shown by name and the others together as
/// `other`. Thread-safe. A gauge belongs to its holder: once its endpoint is forgotten it has ended, and is
/// to be looked up anew; a share in `other` ends with its holder.
class gauge_family {
 public:
    gauge_family(const metric& metric, overflow overflow, std::size_t max_series)
        : metric_(metric), overflow_(overflow), max_series_(max_series) {}

    [[nodiscard]] std::shared_ptr<gauge> find(std::string_view endpoint);
    void forget(std::string_view endpoint);
    [[nodiscard]] prometheus::MetricFamily collect() const;

 private:
    std::shared_ptr<gauge> find_share(std::string_view endpoint);
    double together() const;

    const metric metric_;
    const overflow overflow_;
    const std::size_t max_series_;
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<gauge>, std::less<>> shown_;
    std::map<std::string, std::weak_ptr<gauge>, std::less<>> others_;
    std::size_t sweep_at_ = 64;  ///< so many shares, and those without a holder are looked for
};

}  // namespace postrider::metrics
