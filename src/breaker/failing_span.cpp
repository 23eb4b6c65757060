#include "saved_text.h"

#include <postrider/breaker/failing_span.h>

#include <algorithm>

/// Saved as `failing:<since>:<when the warning was told, 0: not yet>`, in ms of the wall clock. Before 1.0 a
/// 1 said that it was told: as a time that is long ago, which does no harm.
namespace postrider::breaker {

failing_span::verdict failing_span::note_failure(wall_time now, const auto_disable_settings& settings) {
    if (!since_) since_ = now;
    if (!settings.enabled) return verdict::none;
    if (!warned_at_) {
        if (now - *since_ < settings.warn_after) return verdict::none;
        warned_at_ = now;
        return verdict::warn;
    }
    return now >= *disables_at(settings) ? verdict::disable : verdict::none;
}

std::optional<wall_time> failing_span::disables_at(const auto_disable_settings& settings) const noexcept {
    if (!since_ || !warned_at_) return std::nullopt;
    return std::max(*since_ + settings.after, *warned_at_ + (settings.after - settings.warn_after));
}

void failing_span::note_success() noexcept {
    since_.reset();
    warned_at_.reset();
}

std::string failing_span::save() const {
    if (!since_) return {};
    const auto number = [](wall_time time, std::int64_t least) {
        return std::to_string(
            std::clamp<std::int64_t>(time.time_since_epoch().count(), least, latest_wall_milliseconds));
    };
    return "failing:" + number(*since_, 0) + ':' + (warned_at_ ? number(*warned_at_, 1) : "0");
}

bool failing_span::restore(std::string_view saved, wall_time now) {
    if (saved.empty()) {
        note_success();
        return true;
    }
    if (std::ranges::count(saved, ':') != 2 || take_field(saved) != "failing") return false;
    const auto since = read_number(take_field(saved), latest_wall_milliseconds);
    const auto warned = read_number(take_field(saved), latest_wall_milliseconds);
    if (!since || !warned) return false;
    since_ = std::min(wall_time(milliseconds(*since)), now);
    warned_at_.reset();
    if (*warned > 0) warned_at_ = std::min(wall_time(milliseconds(*warned)), now);
    return true;
}

}  // namespace postrider::breaker
