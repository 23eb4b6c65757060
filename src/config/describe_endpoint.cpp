#include <postrider/base/ascii.h>
#include <postrider/config/endpoint_document.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace postrider::config {
namespace {

using nlohmann::ordered_json;

constexpr const char* hidden = "***";

/// Whole seconds without a point, others with it.
ordered_json seconds_of(milliseconds duration) {
    if (duration.count() % 1000 == 0) return duration.count() / 1000;
    return static_cast<double>(duration.count()) / 1000.0;
}

ordered_json days_of(milliseconds duration) {
    constexpr std::int64_t day = 86'400'000;
    if (duration.count() % day == 0) return duration.count() / day;
    return static_cast<double>(duration.count()) / static_cast<double>(day);
}

bool looks_secret(std::string_view name) {
    const auto lower = ascii::lower_case(name);
    constexpr std::array words{"authorization", "token", "secret", "key", "cookie"};
    return std::ranges::any_of(words,
                               [&](const char* word) { return lower.find(word) != std::string::npos; });
}

ordered_json secrets_of(const std::vector<live_secret>& secrets) {
    ordered_json list = ordered_json::array();
    for (const auto& one : secrets) {
        ordered_json entry{{"secret", hidden}};
        if (one.expires_at) entry["expires_at"] = to_rfc3339(*one.expires_at);
        list.push_back(std::move(entry));
    }
    return list;
}

struct authentication_view {
    ordered_json operator()(const standard_webhooks_auth& auth) const {
        return {{"type", "standard_webhooks"}, {"secrets", secrets_of(auth.secrets)}};
    }
    ordered_json operator()(const hmac_sha256_auth& auth) const {
        return {{"type", "hmac_sha256"}, {"secrets", secrets_of(auth.secrets)}, {"header", auth.header}};
    }
    ordered_json operator()(const bearer_auth& auth) const {
        return {{"type", "bearer"}, {"token", hidden}, {"header", auth.header}};
    }
    ordered_json operator()(const basic_auth& auth) const {
        return {{"type", "basic"}, {"username", auth.username}, {"password", hidden}};
    }
    ordered_json operator()(const api_key_auth& auth) const {
        return {{"type", "api_key"}, {"header", auth.header}, {"key", hidden}};
    }
};

ordered_json retry_of(const retry_settings& retry) {
    ordered_json schedule = ordered_json::array();
    for (const auto delay : retry.delays)
        schedule.push_back({{"delay_seconds", seconds_of(delay)}});
    ordered_json view{{"schedule", std::move(schedule)},
                      {"jitter", retry.jitter},
                      {"retryable_status_codes", retry.retryable_status_codes},
                      {"terminal_status_codes", retry.terminal_status_codes}};
    if (retry.max_age) view["max_age_seconds"] = seconds_of(*retry.max_age);
    return view;
}

ordered_json breaker_of(const breaker_settings& breaker) {
    return {{"enabled", breaker.enabled},
            {"failure_threshold", breaker.failure_threshold},
            {"failure_ratio", breaker.failure_ratio},
            {"minimum_requests", breaker.minimum_requests},
            {"recovery_timeout_seconds", seconds_of(breaker.recovery_timeout)},
            {"max_recovery_timeout_seconds", seconds_of(breaker.max_recovery_timeout)}};
}

ordered_json limits_of(const endpoint_limits& limits) {
    return {{"max_queued_events", limits.max_queued_events},
            {"max_dead_letters", limits.max_dead_letters},
            {"dead_letter_retention_days", days_of(limits.dead_letter_retention)},
            {"held_event_retention_days", days_of(limits.held_event_retention)},
            {"history_per_endpoint", limits.history_per_endpoint},
            {"backlog_alert_events", limits.backlog_alert_events}};
}

ordered_json headers_of(const endpoint& endpoint) {
    ordered_json view = ordered_json::object();
    for (const auto& [name, value] : endpoint.headers)
        view[name] = looks_secret(name) ? hidden : value;
    return view;
}

void add_policies(ordered_json& view, const endpoint& endpoint) {
    view["retry"] = retry_of(endpoint.retry);
    view["timeout"] = {{"connect_seconds", seconds_of(endpoint.timeout.connect)},
                       {"read_seconds", seconds_of(endpoint.timeout.read)}};
    view["circuit_breaker"] = breaker_of(endpoint.circuit_breaker);
    if (endpoint.rate_limit)
        view["rate_limit"] = {{"requests_per_second", endpoint.rate_limit->requests_per_second},
                              {"burst", endpoint.rate_limit->burst}};
    view["limits"] = limits_of(endpoint.limits);
    view["concurrency"] = endpoint.concurrency;
    view["ordering"] = endpoint.ordering == ordering::key ? "key" : "none";
    view["verification"] = endpoint.verification == verification::challenge ? "challenge" : "none";
    view["logging"] = {{"log_payloads", endpoint.records.log_payloads},
                       {"log_responses", endpoint.records.log_responses},
                       {"retention_days", days_of(endpoint.records.retention)}};
    view["auto_disable"] = {{"enabled", endpoint.auto_disable.enabled},
                            {"after_seconds", seconds_of(endpoint.auto_disable.after)},
                            {"warn_after_seconds", seconds_of(endpoint.auto_disable.warn_after)}};
}

void add_destination(ordered_json& view, const endpoint& endpoint) {
    const auto& tls = endpoint.tls;
    if (tls != tls_settings())
        view["tls"] = {{"ca_file", tls.ca_file},
                       {"client_cert_file", tls.client_cert_file},
                       {"client_key_file", tls.client_key_file}};
    view["allow_http"] = endpoint.allow_http;
    view["allow_private_network"] = endpoint.allow_private_network;
    if (endpoint.allow_cidrs.empty()) return;
    for (const auto& range : endpoint.allow_cidrs)
        view["allow_cidrs"].push_back(range.base.to_string() + '/' + std::to_string(range.prefix));
}

}  // namespace

std::string describe_endpoint(const endpoint& endpoint) {
    ordered_json authentications = ordered_json::array();
    for (const auto& one : endpoint.authentications)
        authentications.push_back(std::visit(authentication_view(), one));
    ordered_json view{{"id", endpoint.id},
                      {"tenant", endpoint.tenant},
                      {"url", endpoint.url_text},
                      {"events", endpoint.events},
                      {"enabled", endpoint.enabled},
                      {"description", endpoint.description},
                      {"headers", headers_of(endpoint)},
                      {"authentication", std::move(authentications)}};
    add_policies(view, endpoint);
    add_destination(view, endpoint);
    return view.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace postrider::config
