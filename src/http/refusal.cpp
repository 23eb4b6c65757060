#include <postrider/http/refusal.h>

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

}  // namespace postrider::http
