// What intake and admin read in the values of headers: who it is, from where, which event it is and what kind
// of body.

#include "fuzz/pieces.h"
#include "fuzz/target.h"

#include <postrider/access/permission.h>
#include <postrider/http/refusal.h>

#include <intake/acceptance.h>
#include <intake/media_type.h>

#include <algorithm>
#include <string>

namespace postrider::fuzz {
namespace {

constexpr std::string_view right_token = "pr_0123456789abcdef";

void check_permission(const http::request& request) {
    const access::token_list open;
    const auto host = request.header("Host");
    const auto unlocked =
        access::permit(http::credentials_of(request), open, access::scope::admin, system_time());
    if (unlocked.why == access::refusal::none) {
        // A page of a stranger names itself in one of the two, whatever DNS says of it.
        HOLDS(host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("[::1]"));
        const auto origin = request.header("Origin");
        const auto behind_scheme = origin.substr(std::min(origin.find("://"), origin.size()));
        HOLDS(origin.empty() || behind_scheme.starts_with("://localhost") ||
              behind_scheme.starts_with("://127.") || behind_scheme.starts_with("://[::1]"));
        HOLDS(host.find_first_of("/@ \t,") == std::string_view::npos);
    }
    access::token token;
    token.name = "the one";
    token.digest = sha256({right_token});
    token.scopes = static_cast<std::uint8_t>(access::scope::read);
    const access::token_list locked({token});
    const auto permission =
        access::permit(http::credentials_of(request), locked, access::scope::read, system_time());
    const auto given = request.header("Authorization");
    if (permission.who != nullptr)
        HOLDS(given.size() == 7 + right_token.size() && given.ends_with(right_token));
    const auto more =
        access::permit(http::credentials_of(request), locked, access::scope::admin, system_time());
    HOLDS(more.why != access::refusal::none);
}

void check_intake(const http::request& request) {
    const auto trace = intake::traceparent_of(request);
    HOLDS(trace.empty() || (trace.size() == 55 && trace == request.header("traceparent")));
    HOLDS(trace.find_first_not_of("0123456789abcdef-") == std::string::npos);
    if (const auto key = intake::idempotency_key_of(request)) {
        HOLDS(key->size() <= 255);
        HOLDS(std::ranges::all_of(*key, [](char c) { return c >= ' ' && c <= '~'; }));
        HOLDS(key->empty() == !request.has_header("Idempotency-Key"));
    }
    (void)intake::read_media_type(request.header("Content-Type"));
}

}  // namespace
}  // namespace postrider::fuzz

/// Lines of `name: value`.
FUZZ_TARGET(headers) {
    using namespace postrider;
    using namespace postrider::fuzz;
    http::request request;
    while (!input.empty() && request.headers.size() < 64) {
        auto line = take_part(input, '\n');
        const auto name = take_part(line, ':');
        while (line.starts_with(' '))
            line.remove_prefix(1);
        request.headers.emplace_back(name, line);
    }
    check_permission(request);
    check_intake(request);
}
