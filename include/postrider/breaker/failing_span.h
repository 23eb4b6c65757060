#pragma once

#include <postrider/base/clock.h>
#include <postrider/event/endpoint.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::breaker {

/// For how long nothing but failures is known of an endpoint: what auto-disable goes by. Pure. Counted by the
/// wall clock, because it spans days, restarts and machines.
class failing_span {
 public:
    enum class verdict : std::uint8_t {
        none,
        warn,     ///< told once for each span
        disable,  ///< told at each failure past `after`, but never before the warning
    };
    verdict note_failure(wall_time now, const auto_disable_settings& settings);
    void note_success() noexcept;

    /// Since when; nothing when the last that is known is a success.
    [[nodiscard]] std::optional<wall_time> since() const noexcept { return since_; }

    /// As `breaker::save` and `restore`. A begin that lies in the future is now.
    [[nodiscard]] std::string save() const;
    bool restore(std::string_view saved, wall_time now);

 private:
    std::optional<wall_time> since_;
    bool warned_ = false;
};

}  // namespace postrider::breaker
