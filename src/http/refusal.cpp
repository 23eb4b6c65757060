#include <postrider/http/refusal.h>

#include <string>

namespace postrider::http {

access::credentials credentials_of(const request& request) noexcept {
    return {request.header("Authorization"), request.header("Host"), request.header("Origin")};
}

response refuse(access::refusal refusal) {
    if (refusal == access::refusal::unauthenticated) {
        auto answer = problem(401, "unauthorized", access::explain(refusal));
        answer.headers.emplace_back("WWW-Authenticate", "Bearer");
        return answer;
    }
    return problem(403, "forbidden", access::explain(refusal));
}

response refuse_for_rate(std::int64_t seconds_to_wait) {
    auto answer =
        problem(429, "rate_limited", "this token has used up its rate; nothing of the request was done");
    answer.headers.emplace_back("Retry-After", std::to_string(seconds_to_wait));
    return answer;
}

}  // namespace postrider::http
