#include "saved_text.h"

#include <postrider/breaker/breaker.h>

#include <algorithm>

/// `closed:<consecutive failures>` or `open:<until, wall clock, ms>:<failed probes>`.
namespace postrider::breaker {
namespace {

struct saved_circuit {
    bool open = false;
    std::int64_t number = 0;  ///< consecutive failures, or milliseconds of the wall clock
    std::int64_t failed_probes = 0;
};

std::optional<saved_circuit> read(std::string_view text) noexcept {
    constexpr std::int64_t most_failures = 0xffffffff;
    saved_circuit saved;
    if (text.empty()) return saved;
    const auto fields = 1 + std::ranges::count(text, ':');
    const auto kind = take_field(text);
    saved.open = kind == "open";
    if (saved.open ? fields != 3 : kind != "closed" || fields != 2) return std::nullopt;
    const auto number = read_number(take_field(text), saved.open ? latest_wall_milliseconds : most_failures);
    if (!number) return std::nullopt;
    saved.number = *number;
    if (!saved.open) return saved;
    const auto failed_probes = read_number(take_field(text), most_failures);
    if (!failed_probes) return std::nullopt;
    saved.failed_probes = *failed_probes;
    return saved;
}

}  // namespace

std::string breaker::save(monotonic_time now, wall_time wall_now) const {
    if (phase_ == phase::closed)
        return consecutive_failures_ == 0 ? std::string() : "closed:" + std::to_string(consecutive_failures_);
    const auto left = std::chrono::ceil<milliseconds>(open_until_ - now).count();
    const auto until =
        std::clamp<std::int64_t>(wall_now.time_since_epoch().count() + left, 0, latest_wall_milliseconds);
    return "open:" + std::to_string(until) + ':' + std::to_string(failed_probes_);
}

bool breaker::restore(std::string_view saved, monotonic_time now, wall_time wall_now) {
    const auto what = read(saved);
    if (!what) return false;
    close();
    if (!settings_.enabled) return true;
    if (!what->open) {
        consecutive_failures_ = static_cast<std::uint32_t>(what->number);
        return true;
    }
    failed_probes_ = static_cast<std::uint32_t>(what->failed_probes);
    open(now);
    const auto wall = std::clamp<std::int64_t>(wall_now.time_since_epoch().count(), -latest_wall_milliseconds,
                                               latest_wall_milliseconds);
    const auto left = std::clamp(milliseconds(what->number - wall), milliseconds::zero(), open_time());
    open_until_ = now + left;
    return true;
}

}  // namespace postrider::breaker
