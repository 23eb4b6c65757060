#include <postrider/access/permission.h>

namespace postrider::access {
namespace {

/// `Host` and what follows "://" in `Origin` have the same form: a name or literal, and perhaps a port.
bool is_loopback(std::string_view authority) noexcept {
    std::string_view host = authority;
    if (host.starts_with('[')) {
        host = host.substr(0, host.find(']') + 1);
        if (host != "[::1]") return false;
    } else {
        host = host.substr(0, host.find(':'));
    }
    const std::string_view port = authority.substr(host.size());
    if (!port.empty() && (port.size() < 2 || port.front() != ':' ||
                          port.find_first_not_of("0123456789", 1) != std::string_view::npos)) {
        return false;
    }
    if (host == "localhost" || host == "[::1]") return true;
    return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_own_origin(std::string_view origin) noexcept {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (origin.starts_with(scheme)) return is_loopback(origin.substr(scheme.size()));
    }
    return false;
}

}  // namespace

permission permit(const credentials& credentials, const token_list& tokens, scope wanted,
                  const time_source& time) noexcept {
    if (tokens.open()) {
        if (!is_loopback(credentials.host)) return {refusal::foreign_host, nullptr};
        if (!credentials.origin.empty() && !is_own_origin(credentials.origin))
            return {refusal::foreign_origin, nullptr};
        return {};
    }
    const auto [who, by_previous] = tokens.find(credentials.authorization, time);
    if (who == nullptr) return {refusal::unauthenticated, nullptr};
    if (!who->allows(wanted)) return {refusal::missing_scope, who};
    return {refusal::none, who, by_previous};
}

std::string_view explain(refusal refusal) noexcept {
    switch (refusal) {
        case refusal::none:
            return {};
        case refusal::unauthenticated:
            return "a valid token is needed: send Authorization: Bearer TOKEN";
        case refusal::missing_scope:
            return "this token may not do that: it lacks the scope that is needed";
        case refusal::foreign_host:
            return "without tokens the API answers to localhost only: Host must be localhost or a loopback "
                   "address";
        case refusal::foreign_origin:
            return "without tokens the API does not answer to web pages of another origin";
    }
    return {};
}

}  // namespace postrider::access
