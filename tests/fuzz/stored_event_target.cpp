// Events and attempts as they are read back from Redis, which neighbours may have written: one form for each,
// and times that can be reckoned with.

#include "fuzz/target.h"

#include <postrider/event/event.h>
#include <postrider/queue/attempt_record.h>
#include <postrider/retry/decision.h>

#include <queue/inspection_row.h>
#include <queue/stored_event.h>

#include <string>

namespace postrider::fuzz {
namespace {

bool same_event(const event& left, const event& right) {
    return left.tenant == right.tenant && left.id == right.id && left.type == right.type &&
           left.key == right.key && left.traceparent == right.traceparent &&
           left.accepted_at == right.accepted_at && left.body == right.body;
}

/// What the dispatcher does with the time of an event.
void check_age(wall_time accepted_at) {
    retry_settings settings;
    settings.delays = retry::default_table();
    settings.max_age = std::chrono::hours(24);
    retry::attempt_context context;
    context.accepted_at = accepted_at;
    context.now = wall_time(milliseconds(1'700'000'000'000));
    (void)retry::check_before_attempt(context, settings);
}

void check_stored_event(std::string_view stored) {
    if (const auto read = decode_event(stored)) {
        HOLDS(encode_event(*read) == stored);
        const auto head = decode_event_head(stored);
        HOLDS(head && head->id == read->id && head->accepted_at == read->accepted_at);
        check_age(read->accepted_at);
    }
    (void)decode_event_head(stored.substr(0, event_head_bytes));
    if (const auto whole = queue::decode_stored_event(stored)) {
        check_age(whole->accepted_at);
        HOLDS(same_event(*queue::decode_stored_event(queue::encode_stored_event(*whole, "hash")), *whole));
    }
}

void check_attempt(std::string_view stored) {
    (void)queue::read_stamp(stored);
    const auto read = queue::decode_attempt(stored);
    if (!read) return;
    HOLDS(queue::encode_attempt(read->stamp, read->store_id, read->record) == stored);
}

/// All that scripts may say of one delivery, in every place.
void check_row(std::string_view text) {
    queue::sighting seen;
    seen.store_id = seen.state = seen.note = seen.head = seen.accepted_at = seen.record = text;
    (void)queue::row_of("acme.one", seen);
    seen.state = "r1";
    (void)queue::row_of("acme.one", seen);
    seen.state = "d1";
    (void)queue::row_of("acme.one", seen);
    if (const auto since = queue::since_of(seen)) check_age(*since);
}

}  // namespace
}  // namespace postrider::fuzz

FUZZ_TARGET(stored_event) {
    using namespace postrider::fuzz;
    check_stored_event(input);
    check_attempt(input);
    check_row(input);
}
