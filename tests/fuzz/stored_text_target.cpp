// The smaller texts that are read back from Redis: each is of our making or refused.

#include "fuzz/target.h"

#include <postrider/breaker/breaker.h>
#include <postrider/queue/delivery.h>
#include <postrider/queue/membership.h>
#include <postrider/queue/work_notes.h>

#include <catalog/stored_text.h>
#include <dead_letter/job_text.h>
#include <queue/inspection_position.h>
#include <queue/inspection_row.h>
#include <queue/store_description.h>

#include <string>

namespace postrider::fuzz {
namespace {

using namespace std::chrono_literals;

void check_breaker(std::string_view text) {
    const wall_time wall_now(1'700'000'000'000ms);
    const monotonic_time now(1'000'000s);
    breaker_settings settings;
    breaker::breaker circuit(settings);
    if (!circuit.restore(text, now, wall_now)) return;
    HOLDS(circuit.room(now + settings.max_recovery_timeout) > 0);  // it never stays shut for good
    breaker::breaker second(settings);
    HOLDS(second.restore(circuit.save(now, wall_now), now, wall_now));
    HOLDS(second.save(now, wall_now) == circuit.save(now, wall_now));
}

void check_queue_texts(std::string_view text) {
    if (const auto position = queue::parse_position(text, "iharqIRAQd"))
        HOLDS(queue::to_text(*position) == text);
    if (const auto store = queue::parse_store_description(text))
        HOLDS(queue::parse_store_description(queue::to_text(*store))->partitions == store->partitions);
    if (const auto state = queue::parse_state(text)) HOLDS(text.starts_with(state->letter));
    if (const auto number = queue::whole_number(text, 1000)) HOLDS(std::to_string(*number) == text);
    for (const auto& [partition, queue_name] : queue::decode_work(text, 64)) {
        HOLDS(partition < 64 && !queue_name.empty());
        HOLDS(queue::decode_work(queue::encode_work({{partition, queue_name}}), 64).size() == 1);
    }
}

void check_records(std::string_view text) {
    if (const auto record = queue::decode_dead_record(text)) {
        const auto written = queue::encode_dead_record(*record);
        const auto again = queue::decode_dead_record(written);
        HOLDS(again && queue::encode_dead_record(*again) == written);
    }
    if (const auto member = queue::decode_member("one", text)) {
        const auto again = queue::decode_member("one", queue::encode_member(*member));
        HOLDS(again && *again == *member);
    }
}

void check_catalog(std::string_view text) {
    const secret sealed_text{std::string(text)};
    if (const auto entry = catalog::decode_entry("ep_one", sealed_text)) {
        const auto again = catalog::decode_entry("ep_one", catalog::encode_entry(*entry));
        HOLDS(again && again->tenant == entry->tenant && again->settings == entry->settings);
        HOLDS(again->created_at == entry->created_at);
    }
    (void)catalog::decode_standing(text);
}

void check_jobs(std::string_view text) {
    const dead_letter::stored_job stored{"job_one", text, text, 1'700'000'000'000, text};
    (void)dead_letter::decode_job(stored);
    const dead_letter::stored_job unnamed{"job_one", text, text, 1'700'000'000'000, {}};
    const auto job = dead_letter::decode_job(unnamed);
    if (!job) return;
    const auto made = dead_letter::encode_made(*job);
    const auto progress = dead_letter::encode_progress(*job);
    const auto again = dead_letter::decode_job({"job_one", made, progress, 1'700'000'000'000, {}});
    HOLDS(again && dead_letter::encode_made(*again) == made &&
          dead_letter::encode_progress(*again) == progress);
}

}  // namespace
}  // namespace postrider::fuzz

FUZZ_TARGET(stored_text) {
    using namespace postrider::fuzz;
    check_breaker(input);
    check_queue_texts(input);
    check_records(input);
    check_catalog(input);
    check_jobs(input);
}
