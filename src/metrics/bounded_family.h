#pragma once

#include "names.h"

#include <prometheus/family.h>
#include <prometheus/registry.h>

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace postrider::metrics {

/// A label and whether its values come from outside. Those of a closed set stay what they are past the bound.
struct label {
    const char* name;
    bool open = true;
};

/// The series of one metric, of which at most `max_series` have values of their own; past it open labels
/// say `other`. Thread-safe. Series are never removed: a reference holds as long as the family.
template <typename Series>
class bounded_family {
 public:
    bounded_family(prometheus::Family<Series>& family, std::vector<label> labels, std::size_t max_series,
                   std::vector<double> buckets = {})
        : family_(family),
          labels_(std::move(labels)),
          max_series_(max_series),
          buckets_(std::move(buckets)) {}

    /// `values` are as many as the labels.
    Series& find(const std::vector<std::string_view>& values) {
        const std::lock_guard lock(mutex_);
        auto key = join(values);
        if (const auto known = series_.find(key); known != series_.end()) return *known->second;
        if (series_.size() < max_series_) return *series_.emplace(std::move(key), &add(values)).first->second;
        // Closed labels alone tell these apart; the underlying family gives the same series for the same
        // labels.
        return add(without_open(values));
    }

 private:
    static std::string join(const std::vector<std::string_view>& values) {
        std::string key;
        for (const auto value : values)
            key.append(value).push_back('\0');  // no label value holds a NUL
        return key;
    }

    std::vector<std::string_view> without_open(std::vector<std::string_view> values) const {
        for (std::size_t n = 0; n < values.size(); ++n) {
            if (labels_[n].open) values[n] = other;
        }
        return values;
    }

    Series& add(const std::vector<std::string_view>& values) {
        prometheus::Labels labels;
        for (std::size_t n = 0; n < values.size(); ++n)
            labels.emplace(labels_[n].name, values[n]);
        if constexpr (std::is_constructible_v<Series, const std::vector<double>&>) {
            return family_.Add(labels, buckets_);
        } else {
            return family_.Add(labels);
        }
    }

    prometheus::Family<Series>& family_;
    const std::vector<label> labels_;
    const std::size_t max_series_;
    const std::vector<double> buckets_;
    std::mutex mutex_;
    std::unordered_map<std::string, Series*> series_;
};

}  // namespace postrider::metrics
