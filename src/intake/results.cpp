#include "results.h"

#include <postrider/base/append.h>

#include <algorithm>

namespace postrider::intake {

namespace {

/// `"id":…,"deliveries":…`; ids are of an alphabet that needs no escaping.
void append_accepted(std::string& out, const result& result) {
    append_all(out, R"("id":")", result.id, R"(","deliveries":)", std::to_string(result.deliveries));
    if (result.duplicate) out += R"(,"duplicate":true)";
}

}  // namespace

http::response answer_single(const result& result) {
    if (result.refused) return to_response(*result.refused);
    http::response answer;
    answer.status = 202;
    answer.body.reserve(64);  // as much as an id of our own takes
    answer.body = "{";
    append_accepted(answer.body, result);
    answer.body += '}';
    return answer;
}

http::response answer_batch(const std::vector<result>& results) {
    http::response answer;
    answer.status = 202;
    answer.body = R"({"results":[)";
    int retry_after_seconds = 0;
    for (const auto& result : results) {
        const int status = result.refused ? result.refused->status : 202;
        answer.body.append(R"({"status":)").append(std::to_string(status)).append(",");
        if (result.refused) {
            answer.status = 207;
            retry_after_seconds = std::max(retry_after_seconds, result.refused->retry_after_seconds);
            answer.body.append(R"("error":)").append(to_json(*result.refused));
        } else {
            append_accepted(answer.body, result);
        }
        answer.body += "},";
    }
    answer.body.back() = ']';
    answer.body += '}';
    if (retry_after_seconds > 0)
        answer.headers.emplace_back("Retry-After", std::to_string(retry_after_seconds));
    return answer;
}

}  // namespace postrider::intake
