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
        warn,  ///< told once for each span
        /// Told at each failure past `after`, but never sooner after the warning than `after` is after
        /// `warn_after`: failures may be rare, and somebody must have the time to act.
        disable,
    };
    verdict note_failure(wall_time now, const auto_disable_settings& settings);
    void note_success() noexcept;

    /// Since when; nothing when the last that is known is a success.
    [[nodiscard]] std::optional<wall_time> since() const noexcept { return since_; }

    /// When a failure will disable the endpoint that was warned of; nothing before the warning.
    [[nodiscard]] std::optional<wall_time> disables_at(const auto_disable_settings& settings) const noexcept;

    /// As `breaker::save` and `restore`. Times that lie in the future are now.
    [[nodiscard]] std::string save() const;
    bool restore(std::string_view saved, wall_time now);

 private:
    std::optional<wall_time> since_;
    std::optional<wall_time> warned_at_;
};

}  // namespace postrider::breaker
