#pragma once

#include "names.h"
#include "series.h"

#include <prometheus/metric_family.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace postrider::metrics {

/// A label and whether its values come from outside. Those of a closed set stay what they are past the bound.
struct label {
    const char* name;
    bool open = true;
};

template <typename Series>
constexpr prometheus::MetricType type_of() {
    if (std::is_same_v<Series, counter>) return prometheus::MetricType::Counter;
    if (std::is_same_v<Series, gauge>) return prometheus::MetricType::Gauge;
    return prometheus::MetricType::Histogram;
}

/// The series of one metric, of which at most `max_series` have values of their own; past it open labels
/// say `other`. Thread-safe. Whoever writes often looks a series up once and holds it, until it has ended.
template <typename Series>
class family {
 public:
    using maker = std::function<std::shared_ptr<Series>()>;
    family(const metric& metric, std::vector<label> labels, std::size_t max_series, maker make)
        : metric_(metric), labels_(std::move(labels)), max_series_(max_series), make_(std::move(make)) {}

    /// `values` are as many as the labels.
    [[nodiscard]] std::shared_ptr<Series> find(const std::vector<std::string_view>& values) {
        const std::lock_guard lock(mutex_);
        auto key = join(values);
        if (const auto known = shown_.find(key); known != shown_.end()) return known->second;
        if (const auto known = others_.find(key); known != others_.end()) return known->second;
        if (shown_.size() < max_series_) return shown_.emplace(std::move(key), make_()).first->second;
        return find_together(join(without_open(values)));
    }

    /// Ends the series whose first label has that value.
    void forget(std::string_view first) {
        const std::lock_guard lock(mutex_);
        const auto beginning = join({first});
        auto at = shown_.lower_bound(beginning);
        while (at != shown_.end() && at->first.starts_with(beginning)) {
            at->second->end();
            at = shown_.erase(at);
        }
    }

    [[nodiscard]] prometheus::MetricFamily collect() const {
        prometheus::MetricFamily family;
        family.name = metric_.name;
        family.help = metric_.help;
        family.type = type_of<Series>();
        const auto all = copy();
        family.metric.resize(all.size());
        for (std::size_t n = 0; n < all.size(); ++n) {
            family.metric[n].label = split(all[n].first);
            all[n].second->collect(family.metric[n]);
        }
        return family;
    }

 private:
    using named = std::pair<std::string, std::shared_ptr<Series>>;

    /// Somebody's own value may be `other` too: the same labels are one series.
    std::shared_ptr<Series> find_together(std::string key) {
        if (const auto known = shown_.find(key); known != shown_.end()) return known->second;
        auto& together = others_[std::move(key)];
        if (!together) together = make_();
        return together;
    }

    /// So that nobody waits while it is written out.
    std::vector<named> copy() const {
        const std::lock_guard lock(mutex_);
        std::vector<named> all;
        all.reserve(shown_.size() + others_.size());
        all.insert(all.end(), shown_.begin(), shown_.end());
        all.insert(all.end(), others_.begin(), others_.end());
        return all;
    }

    static std::string join(const std::vector<std::string_view>& values) {
        std::string key;
        for (const auto value : values)
            key.append(value).push_back('\0');  // no label value holds a NUL
        return key;
    }

    std::vector<prometheus::ClientMetric::Label> split(std::string_view key) const {
        std::vector<prometheus::ClientMetric::Label> out(labels_.size());
        for (std::size_t n = 0; n < labels_.size(); ++n) {
            const auto end = key.find('\0');
            out[n] = {labels_[n].name, std::string(key.substr(0, end))};
            key.remove_prefix(end + 1);
        }
        return out;
    }

    std::vector<std::string_view> without_open(std::vector<std::string_view> values) const {
        for (std::size_t n = 0; n < values.size(); ++n) {
            if (labels_[n].open) values[n] = other;
        }
        return values;
    }

    const metric metric_;
    const std::vector<label> labels_;
    const std::size_t max_series_;
    const maker make_;
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Series>> shown_;
    std::map<std::string, std::shared_ptr<Series>> others_;
};

}  // namespace postrider::metrics
