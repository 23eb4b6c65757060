#include "gauge_family.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace postrider::metrics {

namespace {

void append_gauge(prometheus::MetricFamily& family, const std::string& endpoint, double value) {
    prometheus::ClientMetric series;
    series.label = {{"endpoint", endpoint}};
    series.gauge.value = value;
    family.metric.push_back(std::move(series));
}

}  // namespace

std::shared_ptr<gauge> gauge_family::find(std::string_view endpoint) {
    const std::lock_guard lock(mutex_);
    if (const auto known = shown_.find(endpoint); known != shown_.end()) return known->second;
    if (shown_.size() < max_series_) {
        return shown_.emplace(endpoint, std::make_shared<gauge>()).first->second;
    }
    return find_share(endpoint);
}

std::shared_ptr<gauge> gauge_family::find_share(std::string_view endpoint) {
    if (others_.size() >= sweep_at_) {
        std::erase_if(others_, [](const auto& one) { return one.second.expired(); });
        sweep_at_ = 2 * others_.size() + 64;
    }
    auto& share = others_[std::string(endpoint)];
    auto found = share.lock();
    if (!found) share = found = std::make_shared<gauge>();
    return found;
}

void gauge_family::forget(std::string_view endpoint) {
    const std::lock_guard lock(mutex_);
    if (const auto known = shown_.find(endpoint); known != shown_.end()) {
        known->second->end();
        shown_.erase(known);
    }
    if (const auto share = others_.find(endpoint); share != others_.end()) {
        if (const auto gauge = share->second.lock()) gauge->end();
        others_.erase(share);
    }
}

double gauge_family::together() const {
    double all = 0;
    for (const auto& [endpoint, share] : others_) {
        const auto gauge = share.lock();
        if (!gauge) continue;
        all = overflow_ == overflow::sum ? all + gauge->value() : std::max(all, gauge->value());
    }
    return all;
}

prometheus::MetricFamily gauge_family::collect() const {
    prometheus::MetricFamily family;
    family.name = metric_.name;
    family.help = metric_.help;
    family.type = prometheus::MetricType::Gauge;
    std::vector<std::pair<std::string, double>> all;
    {
        // Nobody waits while it is written out.
        const std::lock_guard lock(mutex_);
        all.reserve(shown_.size() + 1);
        for (const auto& [endpoint, gauge] : shown_)
            all.emplace_back(endpoint, gauge->value());
        if (!others_.empty()) all.emplace_back(other, together());
    }
    family.metric.reserve(all.size());
    for (const auto& [endpoint, value] : all)
        append_gauge(family, endpoint, value);
    return family;
}

}  // namespace postrider::metrics
