#pragma once

#include "families.h"

#include <postrider/metrics/registry.h>

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace postrider::metrics {

/// Looks each series up at its first use, so that a quiet endpoint has none, and keeps it until it has ended.
/// The families outlive it.
class cached_endpoint_series final : public endpoint_series {
 public:
    cached_endpoint_series(endpoint_families& families, std::string_view endpoint)
        : families_(families), endpoint_(endpoint) {}

    void count_attempt(std::string_view event_type, attempt_status status) override;
    void observe_delivery_seconds(double seconds) override;
    void count_retry() override;
    void count_dead(std::string_view reason) override;
    void set_in_flight(std::uint64_t value) override;
    void set_queue_depth(std::uint64_t value) override;
    void set_oldest_event_seconds(double value) override;
    void set_dead_letters(std::uint64_t value) override;
    void set_circuit_state(int value) override;
    void set_held(bool held) override;

 private:
    static constexpr std::size_t statuses = 6;
    /// An endpoint that takes everything must not use up the bound of all: past this, the type is `other`.
    static constexpr std::size_t most_event_types = 100;
    using by_type = std::map<std::string, std::array<std::shared_ptr<counter>, statuses>, std::less<>>;

    by_type::value_type& counters_of(std::string_view event_type);
    void set(std::shared_ptr<gauge>& held, gauge_family& family, double value);

    // What each attempt needs comes first, in one line of memory: where thousands of endpoints take turns,
    // none of it is in the processor's cache.
    by_type::value_type* last_counted_ = nullptr;  ///< most events are of the type of the one before
    std::shared_ptr<histogram> delivery_seconds_;
    endpoint_families& families_;
    const std::string endpoint_;
    by_type attempts_;
    std::shared_ptr<counter> retries_;
    std::shared_ptr<gauge> in_flight_;
    std::shared_ptr<gauge> queue_depth_;
    std::shared_ptr<gauge> oldest_event_seconds_;
    std::shared_ptr<gauge> dead_letters_;
    std::shared_ptr<gauge> circuit_state_;
    std::shared_ptr<gauge> held_;
};

}  // namespace postrider::metrics
