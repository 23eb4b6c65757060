#pragma once

#include "family.h"

#include <postrider/base/text_map.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace postrider::metrics {

/// The histograms of Redis' scripts, found without a lock: the few names there are lie in a table that is
/// copied when one is new. Thread-safe. The family outlives it.
class script_seconds {
 public:
    explicit script_seconds(family<histogram>& of) : family_(of) {}
    void observe(std::string_view script, double seconds);

 private:
    using table = text_map<std::shared_ptr<histogram>>;
    histogram& add(std::string_view script);

    static constexpr std::size_t most_kept = 256;  ///< more names than there are scripts
    family<histogram>& family_;
    std::mutex mutex_;
    std::atomic<const table*> present_{nullptr};
    std::vector<std::unique_ptr<const table>> made_;  ///< a reader may still look at an older one
};

}  // namespace postrider::metrics
