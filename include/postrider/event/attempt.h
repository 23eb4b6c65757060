#pragma once

#include <postrider/base/clock.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What came of one attempt, and what follows from it: the closed sets that every stage shares.
namespace postrider {

/// How far a request got before it failed. `none`: a complete header block came back.
enum class transport_error : std::uint8_t {
    none,
    blocked,          ///< the egress guard denied every address that the host has
    dns,              ///< the name did not resolve in time
    connect,          ///< refused or unreachable
    connect_timeout,  ///< name, TCP and TLS took longer than connect_seconds
    tls,              ///< the handshake or the verification failed
    timeout,          ///< no complete header block within read_seconds
    disconnected,     ///< closed or reset before a complete header block
    protocol,         ///< what came back is not HTTP, over its limits, or more than 8 interim responses
    local,            ///< a fault of our own, such as an unreadable client certificate or no free socket
};
[[nodiscard]] std::string_view to_string(transport_error error) noexcept;

struct attempt_result {
    transport_error error = transport_error::none;
    /// For people, the endpoint's owner among them: no secret, no body, and nothing that tells a name or an
    /// address inside from one that is not there. Empty on success.
    std::string detail;
    /// What the log says instead of `detail` where that says less than is known; empty: it says all.
    std::string for_operators;
    /// The egress rule that denied, by its name in metrics (guard::to_string, of static storage); empty:
    /// none.
    std::string_view denied_by;
    std::uint16_t status = 0;  ///< of the response; 0 without one
    std::string retry_after;   ///< the header's value, at most 64 bytes; empty: none, or a success
    std::string body_prefix;   ///< the beginning of the response's body, at most `max_kept_body`
    /// `name: value` lines as they came, at most `max_kept_headers`; kept only where the endpoint's records
    /// want responses.
    std::string response_headers;
    /// `name: value` lines as they were sent, secrets and signatures masked; kept only where the endpoint's
    /// records want payloads.
    std::string request_headers;
    bool reused_connection = false;
    /// The fault is on our side (name servers, descriptors, the proxy, rules against an address as written):
    /// says nothing about the receiver.
    bool own_fault = false;
    milliseconds duration{0};
    std::uint64_t span_id = 0;  ///< of the attempt, in the trace of its event; 0: the event has none

    static constexpr std::size_t max_kept_body = 1024;
    static constexpr std::size_t max_kept_headers = 4096;
};

/// The label `status` of webhook_deliveries_total (CONTRACT section 5).
enum class attempt_status : std::uint8_t {
    success,
    client_error,
    server_error,
    timeout,
    connection_error,
    blocked
};
[[nodiscard]] attempt_status classify(const attempt_result& result) noexcept;
[[nodiscard]] std::string_view to_string(attempt_status status) noexcept;

/// Why a delivery ended without success.
enum class dead_reason : std::uint8_t {
    terminal_status,     ///< the receiver refused it for good
    gone,                ///< 410
    attempts_exhausted,  ///< every retry of the schedule was used
    expired,             ///< older than max_age_seconds
    interrupted,         ///< the sender died during every attempt it had
    backlog_full,        ///< dead on arrival: the endpoint's own queue was full
    endpoint_deleted,    ///< its endpoint is gone
};
[[nodiscard]] std::string_view to_string(dead_reason reason) noexcept;
[[nodiscard]] std::optional<dead_reason> dead_reason_of(std::string_view text) noexcept;

struct outcome {
    enum class kind : std::uint8_t { delivered, retry, dead };
    kind what = kind::delivered;
    milliseconds delay{0};                                 ///< for retry: from now, jitter included
    dead_reason reason = dead_reason::attempts_exhausted;  ///< for dead
    [[nodiscard]] bool operator==(const outcome&) const = default;
};

}  // namespace postrider
