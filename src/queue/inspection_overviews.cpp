#include "inspection_overviews.h"

#include "stored_event.h"

#include <algorithm>
#include <map>
#include <utility>

namespace postrider::queue {

namespace {

constexpr std::size_t most_queues = 256;
constexpr std::size_t elements = 5;  // of the answer to overview.lua, for each queue

std::uint64_t count_of(const redis::reply_view& text) {
    const auto number = text.integer();
    return number && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

inspection::overview read_overview(inspection_context& context, const redis::reply_view& reply,
                                   std::size_t at) {
    inspection::overview overview;
    if (reply[at].text().starts_with('E')) {
        context.report_fault("overview", reply[at].text());
        return overview;
    }
    overview.waiting = count_of(reply[at]);
    overview.in_flight = count_of(reply[at + 1]);
    overview.dead = count_of(reply[at + 2]);
    overview.oldest = decode_accepted_at(reply[at + 3].text());
    overview.health = reply[at + 4].text();
    return overview;
}

/// Indices of the queues, by partition.
std::map<std::uint32_t, std::vector<std::size_t>> group(const inspection_context& context,
                                                        const std::vector<std::string>& queue_names) {
    std::map<std::uint32_t, std::vector<std::size_t>> by_partition;
    for (std::size_t index = 0; index < queue_names.size() && index < most_queues; ++index)
        by_partition[context.keys.partition_of(queue_names[index])].push_back(index);
    return by_partition;
}

void add_counts(inspection::totals& totals, const redis::reply_view& counts) {
    const std::map<std::string_view, std::uint64_t*> fields{
        {"accepted", &totals.accepted},     {"delivered", &totals.delivered}, {"dead", &totals.dead},
        {"expired", &totals.expired},       {"retried", &totals.retried},     {"replayed", &totals.replayed},
        {"remembered", &totals.remembered}, {"repeated", &totals.repeated}};
    for (std::size_t at = 0; at + 1 < counts.size(); at += 2) {
        const auto field = fields.find(counts[at].text());
        if (field != fields.end()) *field->second += count_of(counts[at + 1]);
    }
}

}  // namespace

inspection_answer<std::vector<inspection::overview>> read_overviews(inspection_ptr context,
                                                                    std::vector<std::string> queue_names) {
    const auto by_partition = group(*context, queue_names);
    std::vector<partition_call> calls;
    for (const auto& [partition, indices] : by_partition) {
        auto& call = calls.emplace_back(script::overview, partition);
        for (const std::size_t index : indices)
            call.add(queue_names[index]);
    }
    const auto replies = co_await ask_all(context, std::move(calls));
    if (!replies) co_return unexpected<read_fault>(replies.error());
    std::vector<inspection::overview> overviews(queue_names.size());
    std::size_t reply = 0;
    for (const auto& [partition, indices] : by_partition) {
        for (std::size_t at = 0; at < indices.size(); ++at)
            overviews[indices[at]] = read_overview(*context, (*replies)[reply], elements * at);
        ++reply;
    }
    co_return overviews;
}

inspection_answer<std::vector<std::uint64_t>> read_waiting(inspection_ptr context,
                                                           std::vector<std::string> queue_names) {
    constexpr std::size_t of_a_queue = 3;  // elements of the answer to depths.lua
    const auto by_partition = group(*context, queue_names);
    std::vector<partition_call> calls;
    for (const auto& [partition, indices] : by_partition) {
        auto& call = calls.emplace_back(script::depths, partition);
        for (const std::size_t index : indices) {
            call.add(std::uint64_t{1});
            call.add(queue_names[index]);
        }
    }
    const auto replies = co_await ask_all(context, std::move(calls));
    if (!replies) co_return unexpected<read_fault>(replies.error());
    std::vector<std::uint64_t> waiting(queue_names.size());
    std::size_t reply = 0;
    for (const auto& [partition, indices] : by_partition) {
        for (std::size_t at = 0; at < indices.size(); ++at)
            waiting[indices[at]] = count_of((*replies)[reply][of_a_queue * at]);
        ++reply;
    }
    co_return waiting;
}

inspection_answer<inspection::totals> sum_totals(inspection_ptr context) {
    std::vector<plain_call> commands;
    for (std::uint32_t partition = 0; partition < context->keys.partitions(); ++partition) {
        commands.push_back({partition, redis::command("HGETALL", context->keys.counts(partition))});
        commands.push_back({partition, redis::command("GET", context->keys.holder(partition))});
    }
    const auto replies = co_await ask_plainly(std::move(context), std::move(commands));
    if (!replies) co_return unexpected<read_fault>(replies.error());
    inspection::totals totals;
    std::map<std::string, std::vector<std::uint32_t>> holders;
    for (std::size_t at = 0; at + 1 < replies->size(); at += 2) {
        add_counts(totals, (*replies)[at]);
        const redis::reply& holder = (*replies)[at + 1];
        holders[holder.is_error() ? std::string() : std::string(holder.text())].push_back(
            static_cast<std::uint32_t>(at / 2));
    }
    for (auto& [holder, partitions] : holders) {
        const auto end_of_name = std::min(holder.find(' '), holder.size());
        totals.holders.push_back({holder.substr(0, end_of_name),
                                  holder.substr(std::min(end_of_name + 1, holder.size())),
                                  std::move(partitions)});
    }
    co_return totals;
}

}  // namespace postrider::queue
