#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/secret.h>
#include <postrider/event/address.h>
#include <postrider/event/url.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// The settings of an endpoint, as values: read by `config`, used by the policies and the sender.
namespace postrider {

/// One of up to three secrets that sign side by side; newest first. It stops signing at `expires_at`.
struct live_secret {
    secret value;
    std::optional<wall_time> expires_at;
    [[nodiscard]] bool operator==(const live_secret&) const = default;
};

/// Standard Webhooks 1.0.0: `whsec_…` signs `v1`, `whsk_…` signs `v1a`.
struct standard_webhooks_auth {
    std::vector<live_secret> secrets;
    [[nodiscard]] bool operator==(const standard_webhooks_auth&) const = default;
};
/// `header: sha256=<hex>` over the body; the second secret under the header's name with `-Previous`.
struct hmac_sha256_auth {
    std::vector<live_secret> secrets;
    std::string header = "X-Signature-256";
    [[nodiscard]] bool operator==(const hmac_sha256_auth&) const = default;
};
struct bearer_auth {
    secret token;
    std::string header = "Authorization";
    [[nodiscard]] bool operator==(const bearer_auth&) const = default;
};
struct basic_auth {
    std::string username;
    secret password;
    [[nodiscard]] bool operator==(const basic_auth&) const = default;
};
struct api_key_auth {
    std::string header;
    secret key;
    [[nodiscard]] bool operator==(const api_key_auth&) const = default;
};
using authentication =
    std::variant<standard_webhooks_auth, hmac_sha256_auth, bearer_auth, basic_auth, api_key_auth>;

/// When a failed delivery is tried again. Exponential settings are turned into the table on loading.
struct retry_settings {
    /// `delays[n]` is waited before retry n + 1, before jitter. Its size is the number of retries.
    std::vector<milliseconds> delays;
    bool jitter = true;
    std::vector<std::uint16_t> retryable_status_codes;  ///< beside the default; sorted
    std::vector<std::uint16_t> terminal_status_codes;   ///< beside the default; sorted
    std::optional<milliseconds> max_age;                ///< from acceptance; past it a delivery is expired
    [[nodiscard]] bool operator==(const retry_settings&) const = default;
};

struct timeout_settings {
    milliseconds connect{5000};  ///< name, TCP and TLS handshake together
    milliseconds read{15000};    ///< the exchange from there to its end
    [[nodiscard]] bool operator==(const timeout_settings&) const = default;
};

/// Paths of PEM files; empty: none. The system's authorities hold where `ca_file` is empty.
struct tls_settings {
    std::string ca_file;
    std::string client_cert_file;
    std::string client_key_file;
    [[nodiscard]] bool operator==(const tls_settings&) const = default;
};

/// When a circuit opens and how it closes again (RELIABILITY section 4).
struct breaker_settings {
    bool enabled = true;
    std::uint32_t failure_threshold = 5;  ///< consecutive failures
    double failure_ratio = 0.5;           ///< of `minimum_requests` or more within `window`
    std::uint32_t minimum_requests = 20;
    milliseconds recovery_timeout{30000};       ///< open for so long, doubled by each failed probe …
    milliseconds max_recovery_timeout{300000};  ///< … up to this
    static constexpr milliseconds window{60000};
    [[nodiscard]] bool operator==(const breaker_settings&) const = default;
};

/// In any window of t seconds at most burst + requests_per_second × t attempts begin.
struct rate_settings {
    double requests_per_second = 0;  ///< above 0
    std::uint32_t burst = 1;         ///< at least 1
    [[nodiscard]] bool operator==(const rate_settings&) const = default;
};

/// What an endpoint may take of the store.
struct endpoint_limits {
    std::uint64_t max_queued_events = 1'000'000;  ///< past it a delivery is dead on arrival: backlog_full
    std::uint64_t max_dead_letters = 100'000;     ///< past it the oldest goes
    std::uint64_t history_per_endpoint = 1'000;   ///< attempts that are remembered; 0: none
    milliseconds dead_letter_retention{30 * 86'400'000LL};
    milliseconds held_event_retention{30 * 86'400'000LL};  ///< of a paused, disabled or unknown endpoint
    std::uint64_t backlog_alert_events = 100'000;          ///< `postrider.endpoint.backlog`; 0: never
    [[nodiscard]] bool operator==(const endpoint_limits&) const = default;
};

/// What the records of attempts keep, and for how long. The process's log never has payloads.
struct record_settings {
    bool log_payloads = false;   ///< the request's headers, and the body until the record goes
    bool log_responses = false;  ///< the response's headers and the beginning of its body
    milliseconds retention{30 * 86'400'000LL};
    [[nodiscard]] bool operator==(const record_settings&) const = default;
};

/// An endpoint of which nothing but failures is known for so long is disabled, with a warning before.
struct auto_disable_settings {
    bool enabled = true;
    milliseconds after{5 * 86'400'000LL};
    milliseconds warn_after{2 * 86'400'000LL};
    [[nodiscard]] bool operator==(const auto_disable_settings&) const = default;
};

enum class ordering : std::uint8_t {
    none,
    key,  ///< events with one key go strictly one after the other
};

/// What an endpoint must do before it gets events.
enum class verification : std::uint8_t {
    none,
    challenge,  ///< its receiver repeats a random text that was sent to this very url
};

struct endpoint {
    // What each delivery needs comes first, side by side: of thousands of endpoints that take turns nothing
    // is in the processor's cache, and each line of memory is waited for.
    std::string id;  ///< [A-Za-z0-9_-]{1,64}, unique over all tenants
    std::string tenant = "default";
    bool enabled = true;  ///< false: events are held, not sent
    postrider::ordering ordering = postrider::ordering::none;
    postrider::verification verification = postrider::verification::none;
    std::uint32_t concurrency = 32;  ///< most requests in flight, at least 1
    record_settings records;         ///< `logging`
    endpoint_limits limits;
    timeout_settings timeout;
    retry_settings retry;
    auto_disable_settings auto_disable;

    std::string description;
    std::string url_text;  ///< as written
    http_url url;
    std::vector<std::string> events;  ///< patterns; see subscription::pattern
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<authentication> authentications;
    tls_settings tls;
    bool allow_http = false;
    bool allow_private_network = false;
    std::vector<cidr> allow_cidrs;
    breaker_settings circuit_breaker;
    std::optional<rate_settings> rate_limit;  ///< absent: none
    std::string source_file;                  ///< the file that it is written in; empty: made by the API

    /// The identity of its queue: tenant and id. Both are of restricted alphabets; '.' is in neither.
    [[nodiscard]] std::string queue_name() const { return tenant + '.' + id; }
    [[nodiscard]] bool operator==(const endpoint&) const = default;
};

using endpoint_ptr = std::shared_ptr<const endpoint>;

}  // namespace postrider
