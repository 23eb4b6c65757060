#include "inspection_row.h"

#include "stored_event.h"

#include <charconv>

namespace postrider::queue {

namespace {

constexpr std::uint64_t last_millisecond = 253402300799999;  // of the year 9999
constexpr std::size_t key_hash_bytes = 11;

delivery_status status_of_death(dead_reason reason) {
    return reason == dead_reason::expired ? delivery_status::expired : delivery_status::dead;
}

void apply_record(delivery_row& row, const attempt_record& record) {
    row.event_id = record.event_id;
    row.event_type = record.event_type;
    row.attempts = record.attempt;
    row.response_code = record.status;
    row.response_time = record.duration;
    row.error = record.error;
    row.is_test = record.is_test;
    switch (record.what) {
        case outcome::kind::delivered:
            row.status = delivery_status::delivered;
            row.delivered_at = record.begun_at + record.duration;
            break;
        case outcome::kind::retry:
            row.status = delivery_status::retrying;
            break;
        case outcome::kind::dead:
            row.status = status_of_death(record.reason);
            break;
    }
}

/// Before its first attempt, or the first after a replay: nothing of an earlier life.
void forget_attempts(delivery_row& row) {
    row.response_code = 0;
    row.response_time.reset();
    row.error.clear();
}

void apply_letter(delivery_row& row, std::string_view letter) {
    row.status = delivery_status::dead;
    const auto record = decode_dead_record(letter);
    if (!record) return;
    row.status = status_of_death(record->reason);
    row.attempts = record->attempts;
    row.response_code = record->response_code;
    row.error = record->error;
    if (row.event_type.empty()) row.event_type = record->event_type;
}

void apply_live_state(delivery_row& row, const delivery_state& state, std::string_view note) {
    row.delivered_at.reset();
    row.attempts = state.attempts;
    if (state.attempts == 0 || (state.letter == 'f' && state.attempts == 1)) forget_attempts(row);
    if (state.letter == 'f') {
        row.status = delivery_status::delivering;
    } else {
        row.status = state.attempts > 0 ? delivery_status::retrying : delivery_status::pending;
        row.is_parked = state.letter == 'p';
        if (state.letter == 'r') row.next_attempt_at = time_of_score(note);
    }
}

}  // namespace

std::optional<std::uint64_t> whole_number(std::string_view text, std::uint64_t most) {
    if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number > most) return std::nullopt;
    return number;
}

std::optional<wall_time> time_of_score(std::string_view score) {
    const auto number = whole_number(score, last_millisecond);
    if (!number) return std::nullopt;
    return wall_time(milliseconds(static_cast<std::int64_t>(*number)));
}

std::optional<delivery_state> parse_state(std::string_view field) {
    constexpr std::string_view letters = "qfrpdk";
    if (field.empty() || letters.find(field.front()) == std::string_view::npos) return std::nullopt;
    delivery_state state;
    state.letter = field.front();
    field.remove_prefix(1);
    if (const auto cut = field.find('!'); cut != std::string_view::npos) {
        if (!whole_number(field.substr(cut + 1), UINT32_MAX)) return std::nullopt;
        field = field.substr(0, cut);
    }
    if (const auto at = field.find('@'); at != std::string_view::npos) {
        state.since = time_of_score(field.substr(at + 1));
        if (!state.since) return std::nullopt;
        field = field.substr(0, at);
    }
    if (const auto colon = field.find(':'); colon != std::string_view::npos) {
        if (field.size() - colon - 1 != key_hash_bytes) return std::nullopt;
        field = field.substr(0, colon);
    }
    const auto attempts = whole_number(field, UINT32_MAX);
    if (!attempts) return std::nullopt;
    state.attempts = static_cast<std::uint32_t>(*attempts);
    return state;
}

delivery_row row_of(std::string_view queue_name, const sighting& seen) {
    delivery_row row;
    row.queue_name = queue_name;
    row.store_id = seen.store_id;
    if (const auto newest = decode_attempt(seen.record)) apply_record(row, newest->record);
    if (const auto head = decode_event_head(seen.head)) {
        row.event_id = head->id;
        row.event_type = head->type;
    }
    const auto state = parse_state(seen.state);
    if (!state || state->letter == 'k') return row;
    if (state->letter != 'd') {
        apply_live_state(row, *state, seen.note);
        return row;
    }
    row.delivered_at.reset();
    row.attempts = state->attempts;
    apply_letter(row, seen.note);
    return row;
}

std::optional<wall_time> since_of(const sighting& seen) {
    const auto state = parse_state(seen.state);
    if (state && state->since) return state->since;
    return decode_accepted_at(seen.accepted_at);
}

}  // namespace postrider::queue
