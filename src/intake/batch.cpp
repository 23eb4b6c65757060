#include "batch.h"

#include <algorithm>

namespace postrider::intake {

namespace {

fault not_json(const json_scanner& scanner) {
    fault found{400, "invalid_json", {}, {}};
    found.detail =
        "not JSON: " + std::string(scanner.fault()) + " at byte " + std::to_string(scanner.position());
    return found;
}

fault not_an_object() {
    return {422, "invalid_event", "an event is a JSON object", {}};
}

fault too_many(const batch_limits& limits) {
    return {413, "too_many_events", "a batch may have " + std::to_string(limits.max_events) + " events", {}};
}

fault too_large(const batch_limits& limits) {
    return {
        413, "event_too_large", "an event may have " + std::to_string(limits.max_event_bytes) + " bytes", {}};
}

fault empty_batch() {
    return {422, "empty_batch", "a batch has at least one event", {}};
}

/// The value at the cursor as an event. What is no JSON shows in the scanner.
posted_event read_event(json_scanner& scanner) {
    if (scanner.peek() == '{') {
        std::vector<json_member> members;
        members.reserve(6);
        if (scanner.read_object(members)) return members;
    } else {
        std::string_view other;
        (void)scanner.read_value(other);
    }
    return unexpected<fault>(scanner.fault().empty() ? not_an_object() : not_json(scanner));
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

posted_event read_single(std::string_view body) {
    json_scanner scanner(body);
    auto event = read_event(scanner);
    if (!scanner.read_end()) return unexpected<fault>(not_json(scanner));
    return event;
}

posted_batch read_array(std::string_view body, const batch_limits& limits) {
    json_scanner scanner(body);
    if (scanner.peek() != '[') {
        std::string_view other;
        if (!scanner.read_value(other) || !scanner.read_end()) return unexpected<fault>(not_json(scanner));
        return unexpected<fault>(fault{422, "not_an_array", "a batch is a JSON array of events", {}});
    }
    std::vector<posted_event> events;
    for (bool open = scanner.enter_array(); open && scanner.next_element();) {
        if (events.size() == limits.max_events) return unexpected<fault>(too_many(limits));
        (void)scanner.peek();
        const auto begin = scanner.position();
        auto event = read_event(scanner);
        if (scanner.position() - begin > limits.max_event_bytes) event = unexpected<fault>(too_large(limits));
        events.push_back(std::move(event));
    }
    if (!scanner.read_end()) return unexpected<fault>(not_json(scanner));
    if (events.empty()) return unexpected<fault>(empty_batch());
    return events;
}

posted_batch read_lines(std::string_view body, const batch_limits& limits) {
    std::vector<posted_event> events;
    while (!body.empty()) {
        const auto end = std::min(body.find('\n'), body.size());
        const auto line = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        if (is_blank(line)) continue;
        if (events.size() == limits.max_events) return unexpected<fault>(too_many(limits));
        if (line.size() > limits.max_event_bytes)
            events.push_back(unexpected<fault>(too_large(limits)));
        else
            events.push_back(read_single(line));
    }
    if (events.empty()) return unexpected<fault>(empty_batch());
    return events;
}

}  // namespace postrider::intake
