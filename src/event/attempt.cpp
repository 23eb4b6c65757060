#include <postrider/event/attempt.h>

#include <algorithm>
#include <array>

namespace postrider {

std::string_view to_string(transport_error error) noexcept {
    switch (error) {
        case transport_error::none:
            return "none";
        case transport_error::blocked:
            return "blocked";
        case transport_error::dns:
            return "dns";
        case transport_error::connect:
            return "connect";
        case transport_error::connect_timeout:
            return "connect_timeout";
        case transport_error::tls:
            return "tls";
        case transport_error::timeout:
            return "timeout";
        case transport_error::disconnected:
            return "disconnected";
        case transport_error::protocol:
            return "protocol";
        case transport_error::local:
            return "local";
    }
    return "unknown";
}

namespace {

attempt_status classify_response(std::uint16_t status) noexcept {
    if (status >= 200 && status < 300) return attempt_status::success;
    if (status >= 300 && status < 500) return attempt_status::client_error;
    if (status >= 500 && status < 600) return attempt_status::server_error;
    return attempt_status::connection_error;  // no status of HTTP: what came back was not a response
}

}  // namespace

attempt_status classify(const attempt_result& result) noexcept {
    switch (result.error) {
        case transport_error::none:
            return classify_response(result.status);
        case transport_error::blocked:
            return attempt_status::blocked;
        case transport_error::timeout:
        case transport_error::connect_timeout:
            return attempt_status::timeout;
        case transport_error::dns:
        case transport_error::connect:
        case transport_error::tls:
        case transport_error::disconnected:
        case transport_error::protocol:
        case transport_error::local:
            break;
    }
    return attempt_status::connection_error;
}

std::string_view to_string(attempt_status status) noexcept {
    switch (status) {
        case attempt_status::success:
            return "success";
        case attempt_status::client_error:
            return "client_error";
        case attempt_status::server_error:
            return "server_error";
        case attempt_status::timeout:
            return "timeout";
        case attempt_status::connection_error:
            return "connection_error";
        case attempt_status::blocked:
            return "blocked";
    }
    return "unknown";
}

namespace {

struct named_reason {
    dead_reason reason;
    std::string_view name;
};
constexpr std::array named_reasons{
    named_reason{dead_reason::terminal_status, "terminal_status"},
    named_reason{dead_reason::gone, "gone"},
    named_reason{dead_reason::attempts_exhausted, "attempts_exhausted"},
    named_reason{dead_reason::expired, "expired"},
    named_reason{dead_reason::interrupted, "interrupted"},
    named_reason{dead_reason::backlog_full, "backlog_full"},
    named_reason{dead_reason::endpoint_deleted, "endpoint_deleted"},
};

}  // namespace

std::string_view to_string(dead_reason reason) noexcept {
    const auto found = std::ranges::find(named_reasons, reason, &named_reason::reason);
    return found == named_reasons.end() ? "unknown" : found->name;
}

std::optional<dead_reason> dead_reason_of(std::string_view text) noexcept {
    const auto found = std::ranges::find(named_reasons, text, &named_reason::name);
    if (found == named_reasons.end()) return std::nullopt;
    return found->reason;
}

}  // namespace postrider
