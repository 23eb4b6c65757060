#include "erasing.h"

#include "inspection_row.h"

#include <algorithm>
#include <utility>

namespace postrider::queue {

namespace {

constexpr std::uint64_t deliveries_a_call = 256;
constexpr std::uint64_t records_a_look = 512;
constexpr std::uint64_t entries_a_place = 128;
constexpr std::uint64_t parked_a_call = 1024;
constexpr std::string_view erased_reason = "erased";

unexpected<read_fault> unreadable(inspection_context& context, std::string_view kind, std::string_view text) {
    context.report_fault(kind, text);
    read_fault fault;
    fault.text = "the store holds what cannot be read: " + std::string(text.substr(1));
    return unexpected<read_fault>(std::move(fault));
}

bool tells_fault(const redis::reply& reply) {
    return reply[0].text().starts_with('E');
}

std::uint64_t count_at(const redis::reply& reply, std::size_t at) {
    return whole_number(reply[at].text(), UINT64_MAX).value_or(0);
}

void count_ends(inspection_context& context, std::string_view queue_name, std::uint64_t ends) {
    if (ends == 0) return;
    const auto series = context.metrics.for_endpoint(queue_name.substr(queue_name.find('.') + 1));
    for (std::uint64_t n = 0; n < ends; ++n)
        series->count_dead(erased_reason);
}

/// What one partition said.
void add_partition(inspection_context& context, const redis::reply& reply, belongings::erased_event& sum) {
    sum.more = sum.more || reply[0].text() == "1";
    sum.in_flight += count_at(reply, 1);
    for (std::size_t at = 2; at + 1 < reply.size(); at += 2) {
        ++sum.deliveries;
        if (reply[at + 1].text() == "1") count_ends(context, reply[at].text(), 1);
    }
}

}  // namespace

inspection_answer<belongings::erased_event> erase_deliveries(inspection_ptr context, std::string store_id) {
    std::vector<partition_call> calls;
    for (std::uint32_t partition = 0; partition < context->keys.partitions(); ++partition)
        calls.emplace_back(script::erase_event, partition, store_id, deliveries_a_call);
    const auto replies = co_await ask_all(context, std::move(calls));
    if (!replies) co_return unexpected<read_fault>(replies.error());
    belongings::erased_event sum;
    for (const auto& reply : *replies) {
        if (tells_fault(reply)) co_return unreadable(*context, "erase_event", reply[0].text());
        add_partition(*context, reply, sum);
    }
    co_return sum;
}

inspection_answer<belongings::erased_records> erase_attempts(inspection_ptr context, std::string queue_name,
                                                             std::string store_id, std::uint64_t passed) {
    partition_call call(script::erase_records, context->keys.partition_of(queue_name), queue_name, store_id,
                        passed, records_a_look);
    const auto reply = co_await ask(context, std::move(call));
    if (!reply) co_return unexpected<read_fault>(reply.error());
    if (tells_fault(*reply)) co_return unreadable(*context, "erase_records", (*reply)[0].text());
    belongings::erased_records erased;
    erased.records = count_at(*reply, 0);
    erased.passed = count_at(*reply, 1);
    erased.more = (*reply)[2].text() == "1";
    co_return erased;
}

inspection_answer<belongings::erased_queue> erase_places(inspection_ptr context, std::string queue_name,
                                                         wall_time accepted_until,
                                                         belongings::place_counts passed) {
    partition_call call(script::erase_queue, context->keys.partition_of(queue_name), queue_name,
                        milliseconds_text(accepted_until), entries_a_place, parked_a_call, passed.fresh,
                        passed.again, passed.later, passed.dead);
    const auto reply = co_await ask(context, std::move(call));
    if (!reply) co_return unexpected<read_fault>(reply.error());
    if (tells_fault(*reply)) co_return unreadable(*context, "erase_queue", (*reply)[0].text());
    const std::uint64_t live = count_at(*reply, 0);
    count_ends(*context, queue_name, live);
    belongings::erased_queue erased;
    erased.deliveries = live + count_at(*reply, 1);
    erased.in_flight = count_at(*reply, 2);
    erased.whole = (*reply)[3].text() == "1";
    erased.passed.fresh = count_at(*reply, 4);
    erased.passed.again = count_at(*reply, 5);
    erased.passed.later = count_at(*reply, 6);
    erased.passed.dead = count_at(*reply, 7);
    co_return erased;
}

}  // namespace postrider::queue
