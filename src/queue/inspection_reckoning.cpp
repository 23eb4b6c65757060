#include "inspection_reckoning.h"

#include <array>
#include <map>
#include <optional>
#include <string_view>

namespace postrider::queue {

namespace {

constexpr int most_walks = 3;
constexpr std::array parts{"ready", "due", "parked"};
constexpr std::size_t first_counter = 6;  // in the answer of reckon.lua

std::int64_t number_in(const redis::reply_view& text) {
    return text.integer().value_or(0);
}

reckoning read_reckoning(const redis::reply& answer, std::uint32_t partition) {
    reckoning found;
    found.partition = partition;
    found.live = number_in(answer[1]);
    found.dead_letters = number_in(answer[2]);
    const std::map<std::string_view, std::int64_t*> counters{
        {"accepted", &found.accepted},  {"replayed", &found.replayed},    {"delivered", &found.delivered},
        {"dead", &found.dead},          {"expired", &found.expired},      {"dead_revived", &found.revived},
        {"dead_purged", &found.purged}, {"dead_dropped", &found.dropped}, {"dead_swept", &found.swept}};
    for (std::size_t at = first_counter; at + 1 < answer.size(); at += 2) {
        const auto counter = counters.find(answer[at].text());
        if (counter != counters.end()) *counter->second = number_in(answer[at + 1]);
    }
    return found;
}

/// Everything live was counted in this very look.
bool is_whole(const redis::reply& answer) {
    return answer[0].text() == "1";
}

bool is_same(const redis::reply& one, const redis::reply& other) {
    if (one.size() != other.size()) return false;
    for (std::size_t at = 0; at < one.size(); ++at)
        if (one[at].text() != other[at].text()) return false;
    return true;
}

/// What is live in the queues of one part, step by step.
inspection_answer<std::int64_t> count_part(inspection_ptr context, std::uint32_t partition, const char* part,
                                           std::uint64_t most_queues) {
    std::int64_t live = 0;
    for (std::string cursor = "0"; cursor != "-";) {
        partition_call step(script::reckon, partition, most_queues, part, cursor);
        const auto page = co_await ask(context, std::move(step));
        if (!page) co_return unexpected<read_fault>(page.error());
        live += number_in((*page)[1]);
        cursor = (*page)[0].text();
    }
    co_return live;
}

inspection_answer<std::int64_t> walk_all(inspection_ptr context, std::uint32_t partition,
                                         std::uint64_t most_queues) {
    std::int64_t live = 0;
    for (const char* part : parts) {
        const auto found = co_await count_part(context, partition, part, most_queues);
        if (!found) co_return unexpected<read_fault>(found.error());
        live += *found;
    }
    co_return live;
}

inspection_answer<redis::reply> look(inspection_ptr context, std::uint32_t partition,
                                     std::uint64_t most_queues) {
    return ask(std::move(context), partition_call(script::reckon, partition, most_queues));
}

}  // namespace

inspection_answer<reckoning> reckon_partition(inspection_ptr context, std::uint32_t partition,
                                              std::uint64_t most_queues) {
    auto before = co_await look(context, partition, most_queues);
    if (!before) co_return unexpected<read_fault>(before.error());
    reckoning found = read_reckoning(*before, partition);
    found.settled = is_whole(*before);
    for (int walks = 0; !found.settled && walks < most_walks; ++walks) {
        const auto live = co_await walk_all(context, partition, most_queues);
        if (!live) co_return unexpected<read_fault>(live.error());
        auto after = co_await look(context, partition, most_queues);
        if (!after) co_return unexpected<read_fault>(after.error());
        found = read_reckoning(*after, partition);
        const bool whole = is_whole(*after);
        if (!whole) found.live += *live;
        found.settled = whole || is_same(*before, *after);
        before = std::move(after);
    }
    co_return found;
}

}  // namespace postrider::queue
