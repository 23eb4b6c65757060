#pragma once

#include "family.h"

#include <postrider/base/text_map.h>
#include <postrider/metrics/registry.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

namespace postrider::metrics {

/// Looks each series up at its first use and keeps it. The family outlives it.
class cached_intake_counts final : public intake_counts {
 public:
    /// Past `most_types` a type that was not counted yet is counted as `other`.
    cached_intake_counts(family<counter>& events, std::size_t most_types)
        : events_(events), most_types_(most_types) {}

    void count(std::string_view event_type, intake_result result) override;

 private:
    static constexpr std::size_t results = 6;
    using by_type = text_map<std::array<std::shared_ptr<counter>, results>>;
    by_type::value_type& counters_of(std::string_view event_type);

    family<counter>& events_;
    const std::size_t most_types_;
    by_type counts_;
    /// Most events are of the type of the one before. An insertion moves it, and sets it.
    by_type::value_type* last_counted_ = nullptr;
};

}  // namespace postrider::metrics
