#include <postrider/breaker/breaker.h>

#include <algorithm>
#include <limits>
#include <ratio>

namespace postrider::breaker {
namespace {

using sixth = std::chrono::duration<std::int64_t, std::ratio<10>>;
static_assert(6 * sixth(1) == breaker_settings::window);

std::int64_t number_of(monotonic_time now) noexcept {
    return std::chrono::floor<sixth>(now.time_since_epoch()).count();
}

}  // namespace

std::string_view to_string(circuit_state state) noexcept {
    switch (state) {
        case circuit_state::closed:
            return "closed";
        case circuit_state::half_open:
            return "half_open";
        case circuit_state::open:
            return "open";
    }
    return "unknown";
}

std::uint32_t breaker::room(monotonic_time now) const noexcept {
    switch (phase_) {
        case phase::closed:
            return unlimited;
        case phase::open:
            return now < open_until_ ? 0 : 1;
        case phase::probing:
            return begun_ < round_ ? round_ - begun_ : 0;
    }
    return 0;
}

std::optional<monotonic_time> breaker::opens_at() const noexcept {
    if (phase_ != phase::open) return std::nullopt;
    return open_until_;
}

circuit_state breaker::state(monotonic_time now) const noexcept {
    if (phase_ == phase::closed) return circuit_state::closed;
    return phase_ == phase::open && now < open_until_ ? circuit_state::open : circuit_state::half_open;
}

breaker::ticket breaker::begin(monotonic_time now) {
    if (phase_ == phase::open && now >= open_until_) {
        phase_ = phase::probing;
        begin_round(1);
    }
    if (phase_ == phase::probing) ++begun_;
    return {epoch_};
}

breaker::change breaker::end(ticket begun, verdict said, monotonic_time now) {
    if (begun.epoch != epoch_ || !settings_.enabled) return change::none;
    if (phase_ == phase::probing) return end_probe(said, now);
    if (said == verdict::none) return change::none;
    count(said == verdict::failure, now);
    return must_open(now) ? open(now) : change::none;
}

breaker::change breaker::end_probe(verdict said, monotonic_time now) noexcept {
    if (said == verdict::none) {
        --begun_;
        return change::none;
    }
    if (said == verdict::failure) {
        failed_probes_ += failed_probes_ < std::numeric_limits<std::uint32_t>::max() ? 1U : 0U;
        return open(now);
    }
    if (++succeeded_ < round_) return change::none;
    if (round_ == last_round) {
        close();
        return change::closed;
    }
    const bool first = round_ == 1;
    begin_round(round_ * 2);
    return first ? change::half_opened : change::none;
}

void breaker::begin_round(std::uint32_t probes) noexcept {
    ++epoch_;
    round_ = probes;
    begun_ = 0;
    succeeded_ = 0;
}

void breaker::count(bool failed, monotonic_time now) noexcept {
    constexpr auto most = std::numeric_limits<std::uint32_t>::max();
    if (!failed)
        consecutive_failures_ = 0;
    else if (consecutive_failures_ < most)
        ++consecutive_failures_;
    const auto number = number_of(now);
    constexpr auto size = static_cast<std::int64_t>(buckets);
    auto& current = window_[static_cast<std::size_t>((number % size + size) % size)];
    if (current.number != number) current = {number, 0, 0};
    if (current.ended == most) return;
    ++current.ended;
    current.failed += failed ? 1U : 0U;
}

bool breaker::must_open(monotonic_time now) const noexcept {
    if (consecutive_failures_ >= settings_.failure_threshold) return true;
    const auto newest = number_of(now);
    std::uint64_t ended = 0;
    std::uint64_t failed = 0;
    for (const auto& one : window_) {
        if (one.number > newest || newest - one.number >= static_cast<std::int64_t>(buckets)) continue;
        ended += one.ended;
        failed += one.failed;
    }
    // Divided, not multiplied: 7 of 100 is then the very number that a written 0.07 is.
    return failed > 0 && ended >= settings_.minimum_requests &&
           static_cast<double>(failed) / static_cast<double>(ended) >= settings_.failure_ratio;
}

milliseconds breaker::open_time() const noexcept {
    const auto most = settings_.max_recovery_timeout;
    auto time = settings_.recovery_timeout;
    if (time <= milliseconds::zero()) return milliseconds::zero();
    for (std::uint32_t doubled = 0; doubled < failed_probes_ && time < most; ++doubled)
        time = time > most / 2 ? most : time * 2;
    return std::min(time, most);
}

breaker::change breaker::open(monotonic_time now) noexcept {
    phase_ = phase::open;
    ++epoch_;
    opened_at_ = now;
    open_until_ = now + open_time();
    return change::opened;
}

void breaker::close() noexcept {
    phase_ = phase::closed;
    ++epoch_;
    consecutive_failures_ = 0;
    failed_probes_ = 0;
    window_.fill({});
}

void breaker::configure(const breaker_settings& settings) {
    const bool was_enabled = settings_.enabled;
    settings_ = settings;
    if (settings.enabled != was_enabled)
        close();
    else if (phase_ == phase::open)
        open_until_ = std::min(open_until_, opened_at_ + open_time());
}

}  // namespace postrider::breaker
