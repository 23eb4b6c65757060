#include <postrider/queue/delivery.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>

namespace postrider::queue {

namespace {

/// The text, or nothing when there is no such field or it is of another kind.
std::string text_at(const nlohmann::json& json, const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint64_t number_at(const nlohmann::json& json, const char* name, std::uint64_t most) {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_number_unsigned()) return 0;
    return std::min(most, found->get<std::uint64_t>());
}

}  // namespace

std::optional<dead_record> decode_dead_record(std::string_view stored) {
    const auto json = nlohmann::json::parse(stored, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    const auto reason = dead_reason_of(text_at(json, "reason"));
    if (!reason) return std::nullopt;
    dead_record record;
    record.reason = *reason;
    record.attempts = static_cast<std::uint32_t>(number_at(json, "attempts", UINT32_MAX));
    record.response_code = static_cast<std::uint16_t>(number_at(json, "response_code", UINT16_MAX));
    record.response_body = text_at(json, "response_body");
    record.error = text_at(json, "error");
    record.event_type = text_at(json, "event_type");
    return record;
}

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
