#pragma once

#include "load_watch.h"

#include <postrider/config/config.h>
#include <postrider/intake/service.h>
#include <postrider/limit/remembered_ids.h>
#include <postrider/limit/watermark.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace postrider::daemon {

/// Decides from what lies in the store what intake may not take, and for how long ids are remembered. No I/O;
/// lives on the main thread.
class backpressure {
 public:
    explicit backpressure(const config::limit_settings& limits);

    /// After a reload; what takes a restart is left as it was.
    void set_limits(const config::limit_settings& limits);
    void note_memory(std::uint64_t used, std::uint64_t most);
    void note_load(const store_load& load, monotonic_time now);

    /// What intake is told; null: there is room for everything.
    [[nodiscard]] std::shared_ptr<const intake::pressure> pressure() const;
    [[nodiscard]] milliseconds dedup_window() const noexcept { return dedup_window_; }
    /// For people.
    [[nodiscard]] std::vector<std::string> warnings() const;

 private:
    config::limit_settings limits_;
    limit::watermark memory_;
    limit::watermark store_;
    std::map<std::string, limit::watermark> tenants_;
    limit::remembered_ids ids_;
    limit::watermark ids_mark_;
    milliseconds dedup_window_;
};

}  // namespace postrider::daemon
