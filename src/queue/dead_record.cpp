#include <postrider/queue/delivery.h>

#include <nlohmann/json.hpp>

namespace postrider::queue {

std::string encode_dead_record(const dead_record& record) {
    nlohmann::ordered_json json;
    json["event_type"] = record.event_type;
    json["reason"] = to_string(record.reason);
    json["attempts"] = record.attempts;
    json["response_code"] = record.response_code;
    json["response_body"] = record.response_body;
    json["error"] = record.error;
    // A receiver's body may be any bytes, and its beginning may end inside a character.
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace postrider::queue
