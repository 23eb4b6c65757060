#include "policies.h"

#include "values.h"

#include <algorithm>
#include <cmath>

namespace postrider::config {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::uint64_t many = 1'000'000'000;
constexpr milliseconds a_year = hours(24 * 365);

auto whole(reading& reading, std::uint64_t least, std::uint64_t most) {
    return [&reading, least, most](const item& value) { return read_whole(reading, value, least, most); };
}

auto duration(reading& reading, milliseconds least, milliseconds most) {
    return [&reading, least, most](const item& value) { return read_seconds(reading, value, least, most); };
}

auto on_or_off(reading& reading) {
    return [&reading](const item& value) { return read_switch(reading, value); };
}

/// A number of days, kept to the millisecond.
auto days(reading& reading) {
    return [&reading](const item& value) -> std::optional<milliseconds> {
        const auto number = read_number(reading, value, 0.001, 3650);
        if (!number) return std::nullopt;
        return milliseconds(std::llround(*number * 86'400'000.0));
    };
}

/// The longest recovery is below the first. One that is not written gives way.
void refuse_recovery(reading& reading, const section& breaker) {
    const auto first = breaker.find("recovery_timeout_seconds");
    const auto longest = breaker.find("max_recovery_timeout_seconds");
    if (!longest) return;
    if (first && first->distance < longest->distance) {
        add_fault(reading, *first, "is above \"max_recovery_timeout_seconds\"; allowed is as much, or less");
    } else {
        add_fault(reading, *longest, "is below \"recovery_timeout_seconds\"; allowed is as much, or more");
    }
}

}  // namespace

std::optional<breaker_settings> read_circuit_breaker(reading& reading, const item& map, bool is_defaults) {
    const auto breaker = section::open(reading, map, keys::circuit_breaker);
    if (!breaker) return std::nullopt;
    breaker_settings settings;
    const milliseconds least(100);
    take(*breaker, "enabled", settings.enabled, on_or_off(reading));
    take(*breaker, "failure_threshold", settings.failure_threshold, whole(reading, 1, 1'000'000));
    take(*breaker, "failure_ratio", settings.failure_ratio,
         [&](const item& value) { return read_number(reading, value, 0.01, 1); });
    take(*breaker, "minimum_requests", settings.minimum_requests, whole(reading, 1, 1'000'000));
    const auto time = duration(reading, least, hours(24));
    const bool has_first = take(*breaker, "recovery_timeout_seconds", settings.recovery_timeout, time);
    const bool has_longest =
        take(*breaker, "max_recovery_timeout_seconds", settings.max_recovery_timeout, time);
    if (settings.max_recovery_timeout >= settings.recovery_timeout) return settings;
    if (!is_defaults && has_first && has_longest) refuse_recovery(reading, *breaker);
    settings.max_recovery_timeout = settings.recovery_timeout;
    return settings;
}

std::optional<rate_settings> read_rate_limit(reading& reading, const item& map, bool is_defaults) {
    const auto rate = section::open(reading, map, keys::rate_limit);
    if (!rate) return std::nullopt;
    rate_settings settings;
    if (!is_defaults && !rate->find("requests_per_second")) add_missing(reading, map, "requests_per_second");
    take(*rate, "requests_per_second", settings.requests_per_second,
         [&](const item& value) { return read_number(reading, value, 0.001, 1'000'000); });
    settings.burst = std::max(1U, static_cast<std::uint32_t>(std::ceil(settings.requests_per_second)));
    take(*rate, "burst", settings.burst, whole(reading, 1, 1'000'000));
    return settings;
}

std::optional<endpoint_limits> read_endpoint_limits(reading& reading, const item& map) {
    const auto limits = section::open(reading, map, keys::endpoint_limits);
    if (!limits) return std::nullopt;
    endpoint_limits settings;
    take(*limits, "max_queued_events", settings.max_queued_events, whole(reading, 1, many));
    take(*limits, "max_dead_letters", settings.max_dead_letters, whole(reading, 1, many));
    take(*limits, "dead_letter_retention_days", settings.dead_letter_retention, days(reading));
    take(*limits, "held_event_retention_days", settings.held_event_retention, days(reading));
    take(*limits, "history_per_endpoint", settings.history_per_endpoint, whole(reading, 0, 100'000));
    take(*limits, "backlog_alert_events", settings.backlog_alert_events, whole(reading, 0, many));
    return settings;
}

std::optional<record_settings> read_records(reading& reading, const item& map) {
    const auto logging = section::open(reading, map, keys::logging);
    if (!logging) return std::nullopt;
    record_settings settings;
    take(*logging, "log_payloads", settings.log_payloads, on_or_off(reading));
    take(*logging, "log_responses", settings.log_responses, on_or_off(reading));
    take(*logging, "retention_days", settings.retention, days(reading));
    return settings;
}

std::optional<auto_disable_settings> read_auto_disable(reading& reading, const item& map, bool is_defaults) {
    const auto disable = section::open(reading, map, keys::auto_disable);
    if (!disable) return std::nullopt;
    auto_disable_settings settings;
    const milliseconds least(100);
    take(*disable, "enabled", settings.enabled, on_or_off(reading));
    const bool has_after = take(*disable, "after_seconds", settings.after, duration(reading, least, a_year));
    const auto after = disable->find("after_seconds");
    const auto warn = disable->find("warn_after_seconds");
    if (!warn) settings.warn_after = std::min(settings.warn_after, settings.after / 2);
    const bool has_warn =
        take(*disable, "warn_after_seconds", settings.warn_after, duration(reading, milliseconds(0), a_year));
    if (is_defaults || !has_after || !has_warn || settings.warn_after < settings.after) return settings;
    if (after && after->distance < warn->distance) {
        add_fault(reading, *after, "is not above \"warn_after_seconds\"; the warning comes before");
    } else {
        add_fault(reading, *warn, "is not below \"after_seconds\"; the warning comes before");
    }
    return settings;
}

std::optional<verification> read_verification(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    if (text->text == "none") return verification::none;
    if (text->text == "challenge") return verification::challenge;
    refuse_value(reading, value, *text, "none or challenge");
    return std::nullopt;
}

std::optional<ordering> read_ordering(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    if (text->text == "none") return ordering::none;
    if (text->text == "key") return ordering::key;
    refuse_value(reading, value, *text, "none or key");
    return std::nullopt;
}

}  // namespace postrider::config
