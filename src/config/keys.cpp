#include "keys.h"

#include <algorithm>
#include <numeric>

namespace postrider::config {
namespace keys {
namespace {

using text = std::string_view;
constexpr text top_keys[] = {"listen", "redis", "access",  "egress",   "encryption", "audit",
                             "limits", "log",   "include", "defaults", "webhook",    "webhooks"};
constexpr text included_keys[] = {"include", "defaults", "webhook", "webhooks"};
constexpr text listen_keys[] = {"ingest", "admin"};
constexpr text listener_keys[] = {"address", "tls", "allow_cidrs"};
constexpr text listener_tls_keys[] = {"cert_file", "key_file", "client_ca_file"};
constexpr text redis_keys[] = {
    "url",        "sentinel", "cluster",       "durability",           "replicas", "replica_timeout_seconds",
    "partitions", "prefix",   "lease_seconds", "durability_unverified"};
constexpr text sentinel_keys[] = {
    "master", "nodes",   "username", "password", "sentinel_username", "sentinel_password",
    "tls",    "ca_file", "database"};
constexpr text cluster_keys[] = {"nodes", "username", "password", "tls", "ca_file"};
constexpr text access_keys[] = {"open_metrics", "tokens"};
constexpr text token_keys[] = {"name",   "token",  "previous_token", "previous_token_expires_at",
                               "scopes", "tenant", "rate_limit"};
constexpr text encryption_keys[] = {"key", "previous_keys"};
constexpr text audit_keys[] = {"max_records", "retention_days"};
constexpr text egress_keys[] = {"allow_cidrs", "allow_ports", "dns_servers", "proxy", "proxy_resolves"};
constexpr text limits_keys[] = {"max_body_bytes",     "max_batch_bytes",
                                "max_batch_events",   "max_header_bytes",
                                "max_connections",    "max_connections_per_peer",
                                "header_seconds",     "body_seconds",
                                "idle_seconds",       "dedup_window_seconds",
                                "max_remembered_ids", "max_queued_events",
                                "memory_watermark",   "tenants"};
constexpr text tenant_limits_keys[] = {"max_queued_events"};
constexpr text log_keys[] = {"level", "format", "sampling"};
constexpr text endpoint_keys[] = {"id",          "url",
                                  "events",      "tenant",
                                  "enabled",     "description",
                                  "headers",     "authentication",
                                  "secret",      "secrets",
                                  "retry",       "timeout",
                                  "concurrency", "tls",
                                  "allow_http",  "allow_private_network",
                                  "allow_cidrs", "circuit_breaker",
                                  "rate_limit",  "limits",
                                  "logging",     "auto_disable",
                                  "ordering",    "verification"};
constexpr text circuit_breaker_keys[] = {
    "enabled",          "failure_threshold",        "failure_ratio",
    "minimum_requests", "recovery_timeout_seconds", "max_recovery_timeout_seconds"};
constexpr text rate_limit_keys[] = {"requests_per_second", "burst"};
constexpr text endpoint_limits_keys[] = {"max_queued_events",          "max_dead_letters",
                                         "dead_letter_retention_days", "held_event_retention_days",
                                         "history_per_endpoint",       "backlog_alert_events"};
constexpr text logging_keys[] = {"log_payloads", "log_responses", "retention_days"};
constexpr text auto_disable_keys[] = {"enabled", "after_seconds", "warn_after_seconds"};
constexpr text retry_keys[] = {
    "max_attempts", "initial_delay_seconds",  "backoff_multiplier",    "max_delay_seconds", "schedule",
    "jitter",       "retryable_status_codes", "terminal_status_codes", "max_age_seconds"};
constexpr text delay_keys[] = {"delay_seconds"};
constexpr text timeout_keys[] = {"connect_seconds", "read_seconds"};
constexpr text tls_keys[] = {"ca_file", "client_cert_file", "client_key_file"};
constexpr text any_authentication_keys[] = {"type",  "secret",   "secrets",  "header",
                                            "token", "username", "password", "key"};
constexpr text standard_webhooks_keys[] = {"type", "secret", "secrets"};
constexpr text hmac_sha256_keys[] = {"type", "secret", "secrets", "header"};
constexpr text bearer_keys[] = {"type", "token", "header"};
constexpr text basic_keys[] = {"type", "username", "password"};
constexpr text api_key_keys[] = {"type", "header", "key"};
constexpr text live_secret_keys[] = {"secret", "expires_at"};

}  // namespace

const key_list top = top_keys;
const key_list included = included_keys;
const key_list listen = listen_keys;
const key_list listener = listener_keys;
const key_list listener_tls = listener_tls_keys;
const key_list redis = redis_keys;
const key_list sentinel = sentinel_keys;
const key_list cluster = cluster_keys;
const key_list access = access_keys;
const key_list token = token_keys;
const key_list egress = egress_keys;
const key_list encryption = encryption_keys;
const key_list audit = audit_keys;
const key_list limits = limits_keys;
const key_list tenant_limits = tenant_limits_keys;
const key_list log = log_keys;
const key_list endpoint = endpoint_keys;
const key_list circuit_breaker = circuit_breaker_keys;
const key_list rate_limit = rate_limit_keys;
const key_list endpoint_limits = endpoint_limits_keys;
const key_list logging = logging_keys;
const key_list auto_disable = auto_disable_keys;
const key_list retry = retry_keys;
const key_list delay = delay_keys;
const key_list timeout = timeout_keys;
const key_list tls = tls_keys;
const key_list any_authentication = any_authentication_keys;
const key_list standard_webhooks = standard_webhooks_keys;
const key_list hmac_sha256 = hmac_sha256_keys;
const key_list bearer = bearer_keys;
const key_list basic = basic_keys;
const key_list api_key = api_key_keys;
const key_list live_secret = live_secret_keys;

}  // namespace keys

std::vector<key_list> all_keys() {
    return {keys::top,
            keys::included,
            keys::listen,
            keys::listener,
            keys::listener_tls,
            keys::redis,
            keys::sentinel,
            keys::cluster,
            keys::access,
            keys::token,
            keys::egress,
            keys::encryption,
            keys::audit,
            keys::limits,
            keys::tenant_limits,
            keys::log,
            keys::endpoint,
            keys::circuit_breaker,
            keys::rate_limit,
            keys::endpoint_limits,
            keys::logging,
            keys::auto_disable,
            keys::retry,
            keys::delay,
            keys::timeout,
            keys::tls,
            keys::any_authentication,
            keys::standard_webhooks,
            keys::hmac_sha256,
            keys::bearer,
            keys::basic,
            keys::api_key,
            keys::live_secret};
}

namespace {

/// Levenshtein's distance, one row at a time.
std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const auto replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace

std::string_view nearest_key(std::string_view wrong, key_list known) {
    wrong = wrong.substr(0, 64);  // a key of a megabyte is near to nothing
    return *std::ranges::min_element(known, {},
                                     [&](std::string_view key) { return edit_distance(wrong, key); });
}

}  // namespace postrider::config
