#include "delivery_view.h"

#include "identifiers.h"

#include <postrider/base/ascii.h>
#include <postrider/event/trace.h>

namespace postrider::admin {

namespace {

template <typename Number>
json number_or_null(Number value) {
    return value == 0 ? json(nullptr) : json(value);
}

std::string_view name_of(outcome::kind what) noexcept {
    switch (what) {
        case outcome::kind::delivered:
            return "delivered";
        case outcome::kind::retry:
            return "retry";
        case outcome::kind::dead:
            return "dead";
    }
    return "";
}

void put_if_absent(json& headers, std::string_view name, std::string value) {
    for (const auto& [present, text] : headers.items())
        if (ascii::equal_ignoring_case(present, name)) return;
    headers[std::string(name)] = std::move(value);
}

/// What was sent whatever the records keep; signatures and what the endpoint adds only where they were kept.
json describe_request_headers(const queue::attempt_record& record) {
    auto headers = describe_headers(record.request_headers);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(record.begun_at).time_since_epoch();
    put_if_absent(headers, "Content-Type", "application/json");
    put_if_absent(headers, "webhook-id", record.event_id);
    put_if_absent(headers, "webhook-timestamp", std::to_string(seconds.count()));
    put_if_absent(headers, "postrider-attempt", std::to_string(record.attempt));
    return headers;
}

json describe_attempt(const queue::attempt_record& record) {
    json out;
    out["attempt"] = record.attempt;
    out["at"] = to_rfc3339(record.begun_at);
    out["outcome"] = name_of(record.what);
    out["reason"] = record.what == outcome::kind::dead ? json(to_string(record.reason)) : json(nullptr);
    out["response_code"] = number_or_null(record.status);
    out["response_time_ms"] = record.duration.count();
    out["error"] = text_or_null(record.error);
    out["retry_in_ms"] = record.what == outcome::kind::retry ? json(record.retry_in.count()) : json(nullptr);
    out["request_headers"] = describe_request_headers(record);
    out["trace_id"] = text_or_null(record.trace_id);
    out["span_id"] = record.span_id == 0 ? json(nullptr) : json(span_text(record.span_id).text());
    out["response_headers"] = describe_headers(record.response_headers);
    out["response_body"] = text_or_null(record.response_body);
    return out;
}

}  // namespace

json describe_delivery(const queue::delivery_row& row) {
    json out;
    out["id"] = delivery_id(row.store_id, row.queue_name);
    out["event_id"] = text_or_null(row.event_id);
    out["webhook_id"] = webhook_of(row.queue_name);
    out["event_type"] = text_or_null(row.event_type);
    out["status"] = to_string(row.status);
    out["attempts"] = row.attempts;
    out["response_code"] = number_or_null(row.response_code);
    out["response_time_ms"] = row.response_time ? json(row.response_time->count()) : json(nullptr);
    out["delivered_at"] = to_json(row.delivered_at);
    out["next_attempt_at"] = to_json(row.next_attempt_at);
    out["error"] = text_or_null(row.error);
    out["test"] = row.is_test;
    out["parked"] = row.is_parked;
    return out;
}

json describe_delivery(const queue::delivery_detail& detail) {
    auto out = describe_delivery(detail.row);
    out["accepted_at"] = to_json(detail.accepted_at);
    auto attempts = json::array();
    for (const auto& record : detail.attempts)
        attempts.push_back(describe_attempt(record));
    out["attempts_made"] = std::move(attempts);
    out["request_body"] = detail.body ? json(*detail.body) : json(nullptr);
    return out;
}

json describe_dead_letter(const queue::dead_letter& letter) {
    json out;
    out["id"] = dead_letter_id(letter.store_id, letter.queue_name);
    out["event_id"] = text_or_null(letter.event_id);
    out["webhook_id"] = webhook_of(letter.queue_name);
    out["event_type"] = text_or_null(letter.event_type);
    out["reason"] = to_string(letter.record.reason);
    out["attempts"] = letter.record.attempts;
    out["response_code"] = number_or_null(letter.record.response_code);
    out["response_body"] = text_or_null(letter.record.response_body);
    out["error"] = text_or_null(letter.record.error);
    out["created_at"] = to_rfc3339(letter.created_at);
    return out;
}

json describe_headers(std::string_view lines) {
    auto out = json::object();
    while (!lines.empty()) {
        const auto line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
        const auto middle = line.find(": ");
        if (middle == 0 || middle == std::string_view::npos) continue;  // the last one may be cut off
        const std::string name(line.substr(0, middle));
        const std::string value(line.substr(middle + 2));
        out[name] = out.contains(name) ? out[name].get<std::string>() + ", " + value : value;
    }
    return out;
}

}  // namespace postrider::admin
