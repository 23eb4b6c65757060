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

struct endpoint {
    std::string id;  ///< [A-Za-z0-9_-]{1,64}, unique over all tenants
    std::string tenant = "default";
    std::string description;
    bool enabled = true;   ///< false: events are held, not sent
    std::string url_text;  ///< as written
    http_url url;
    std::vector<std::string> events;  ///< patterns; see subscription::pattern
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<authentication> authentications;
    retry_settings retry;
    timeout_settings timeout;
    std::uint32_t concurrency = 32;  ///< most requests in flight, at least 1
    tls_settings tls;
    bool allow_http = false;
    bool allow_private_network = false;
    std::vector<cidr> allow_cidrs;

    /// The identity of its queue: tenant and id. Both are of restricted alphabets; '.' is in neither.
    [[nodiscard]] std::string queue_name() const { return tenant + '.' + id; }
    [[nodiscard]] bool operator==(const endpoint&) const = default;
};

using endpoint_ptr = std::shared_ptr<const endpoint>;

}  // namespace postrider
