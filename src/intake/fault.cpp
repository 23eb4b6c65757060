#include "fault.h"

namespace postrider::intake {

std::string to_json(const fault& fault) {
    std::string out = http::problem_json(fault.status, fault.code, fault.detail);
    if (fault.errors.empty()) return out;
    out.back() = ',';
    out += R"("errors":[)";
    for (const auto& error : fault.errors) {
        out += R"({"field":)";
        http::append_json_string(out, error.field);
        out += R"(,"message":)";
        http::append_json_string(out, error.message);
        out += "},";
    }
    out.back() = ']';
    out += '}';
    return out;
}

http::response to_response(const fault& fault) {
    http::response answer;
    answer.status = fault.status;
    answer.content_type = "application/problem+json";
    answer.body = to_json(fault);
    if (fault.retry_after_seconds > 0)
        answer.headers.emplace_back("Retry-After", std::to_string(fault.retry_after_seconds));
    return answer;
}

}  // namespace postrider::intake
