#include "permission.h"

#include <postrider/access/permission.h>

namespace postrider::admin {

std::optional<http::response> refuse(const http::request& head, const access::token_list& tokens,
                                     demand demand, metrics::registry& metrics) {
    const access::credentials given{head.header("authorization"), head.header("host"), head.header("origin")};
    const auto permission = access::permit(given, tokens, demand.scope);
    if (permission.why == access::refusal::unauthenticated) {
        metrics.count_auth_failure();
        auto answer = http::problem(401, "unauthorized", access::explain(permission.why));
        answer.headers.emplace_back("WWW-Authenticate", "Bearer");
        return answer;
    }
    if (permission.why != access::refusal::none) {
        return http::problem(403, "forbidden", access::explain(permission.why));
    }
    if (demand.of_all_tenants && permission.who != nullptr && permission.who->tenant) {
        return http::problem(403, "forbidden", "a token that is bound to a tenant may not do that");
    }
    return std::nullopt;
}

}  // namespace postrider::admin
