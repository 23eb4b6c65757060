#include "saved_text.h"

#include <postrider/breaker/failing_span.h>

#include <algorithm>

/// Saved as `failing:<since, wall clock, ms>:<1 when the warning was told, else 0>`.
namespace postrider::breaker {

failing_span::verdict failing_span::note_failure(wall_time now, const auto_disable_settings& settings) {
    if (!since_) since_ = now;
    if (!settings.enabled) return verdict::none;
    const auto span = now - *since_;
    if (!warned_ && span >= settings.warn_after) {
        warned_ = true;
        return verdict::warn;
    }
    return warned_ && span >= settings.after ? verdict::disable : verdict::none;
}

void failing_span::note_success() noexcept {
    since_.reset();
    warned_ = false;
}

std::string failing_span::save() const {
    if (!since_) return {};
    const auto since =
        std::clamp<std::int64_t>(since_->time_since_epoch().count(), 0, latest_wall_milliseconds);
    return "failing:" + std::to_string(since) + (warned_ ? ":1" : ":0");
}

bool failing_span::restore(std::string_view saved, wall_time now) {
    if (saved.empty()) {
        note_success();
        return true;
    }
    if (std::ranges::count(saved, ':') != 2 || take_field(saved) != "failing") return false;
    const auto since = read_number(take_field(saved), latest_wall_milliseconds);
    const auto warned = read_number(take_field(saved), 1);
    if (!since || !warned) return false;
    since_ = std::min(wall_time(milliseconds(*since)), now);
    warned_ = *warned == 1;
    return true;
}

}  // namespace postrider::breaker
