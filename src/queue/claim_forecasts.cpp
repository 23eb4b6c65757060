#include "claim_forecasts.h"

#include "store_context.h"

#include <algorithm>
#include <utility>

namespace postrider::queue {

namespace {
/// Smaller claims read their bodies through the script: two commands cost as much as so many bodies.
constexpr std::uint32_t worth_a_forecast = 8;
/// The next claim may be larger than this one: its slots are those that end meanwhile.
constexpr std::size_t listed_for_each = 2;
/// A queue that was listed wrongly, or in vain, goes without for so many claims: it has retries and new
/// events in it, or large bodies, and that lasts.
constexpr std::uint32_t rest_after_a_miss = 4;
/// Forecasts are all forgotten when there are more: what is left of queues that are not claimed from any
/// more.
constexpr std::size_t most_ids = 8192;
/// What bodies of one call may take at worst, when all are as large as an event may be. As a rule they are as
/// large as those of the claim before, and end at the bound of every call.
constexpr std::size_t most_bytes_at_worst = 32 * 1024 * 1024;
/// Limits are lowered: events may be older than that, and larger.
constexpr std::size_t least_worst_body = 256 * 1024;

void cut(claim_forecast& forecast, std::size_t count) {
    std::size_t end = 0;
    for (forecast.count = 0; forecast.count < count; ++forecast.count)
        end = forecast.ids.find('\n', end) + 1;
    forecast.ids.resize(count == 0 ? 0 : end - 1);
}

/// Takes what lies behind the first `given` of a lane, up to what no id of ours can be.
void list(claim_forecast& next, const redis::reply_view& lane, std::size_t given, std::size_t most) {
    if (lane.size() == 0) next.of_retries = !next.of_retries;
    for (std::size_t at = given; at < lane.size() && next.count < most; ++at, ++next.count) {
        const std::string_view id = lane[at].text();
        if (id.empty() || id.find('\n') != std::string_view::npos) return;
        next.ids.append(next.ids.empty() ? "" : "\n").append(id);
    }
}

}  // namespace

std::size_t claim_forecasts::most_of_call(std::size_t max_body_bytes) noexcept {
    return most_bytes_at_worst / std::max(least_worst_body, max_body_bytes);
}

wanted_claim claim_forecasts::prepare(dispatch_port::claim claim, std::size_t most) {
    wanted_claim wanted;
    wanted.count = claim.count;
    if (const auto known = known_.find(claim.queue_name); known != known_.end()) {
        wanted.expected = std::move(known->second);
        ids_ -= wanted.expected.count;
        known_.erase(known);
    }
    claim_forecast& expected = wanted.expected;
    expected.partition = claim.partition;
    wanted.lists_next = claim.count >= worth_a_forecast && expected.rests_for == 0;
    if (expected.rests_for > 0) --expected.rests_for;
    const std::size_t may_expect = wanted.lists_next ? std::min<std::size_t>(most, claim.count) : 0;
    if (expected.count > may_expect) cut(expected, may_expect);
    // A claim of far fewer than may be had would leave slots empty.
    if (2 * expected.count < claim.count) cut(expected, 0);
    if (expected.count > 0) wanted.count = static_cast<std::uint32_t>(expected.count);
    wanted.claim = std::move(claim);
    return wanted;
}

void claim_forecasts::learn(const wanted_claim& wanted, std::size_t given, std::size_t largest,
                            bool came_true, const redis::reply& reply) {
    claim_forecast next;
    next.partition = wanted.claim.partition;
    next.of_retries = wanted.expected.of_retries;
    next.rests_for = wanted.expected.rests_for;
    // Bodies of less than half of a claim would be read in vain.
    const std::size_t most = std::min(most_items, most_bytes / std::max<std::size_t>(1, largest));
    if ((wanted.expected.count > 0 && !came_true) || 2 * most < wanted.claim.count)
        next.rests_for = rest_after_a_miss;
    if (wanted.next_at && next.rests_for == 0 && given > 0)
        list(next, reply.sibling(*wanted.next_at), given, most);
    keep(wanted.claim.queue_name, std::move(next));
}

void claim_forecasts::keep(const std::string& queue_name, claim_forecast forecast) {
    if (forecast.count == 0 && forecast.rests_for == 0 && !forecast.of_retries) return;
    if (known_.size() + ids_ + forecast.count > most_ids) {
        known_.clear();
        ids_ = 0;
    }
    claim_forecast& known = known_[queue_name];
    ids_ += forecast.count;
    ids_ -= known.count;
    known = std::move(forecast);
}

void claim_forecasts::forget(std::uint32_t partition) {
    boost::unordered::erase_if(known_, [&](const auto& known) {
        if (known.second.partition != partition) return false;
        ids_ -= known.second.count;
        return true;
    });
}

void put_reads_first(redis::command& command, const keys& keys, wanted_claim& wanted) {
    const std::uint32_t partition = wanted.claim.partition;
    const std::string& queue_name = wanted.claim.queue_name;
    if (wanted.expected.count > 0) {
        wanted.bodies_at = command.commands_first();
        command.begin_first(1 + wanted.count);
        command.add_first("MGET");
        visit_ids(wanted.expected.ids,
                  [&](std::string_view id) { command.add_first(keys.event(partition, id)); });
    }
    if (!wanted.lists_next) return;
    wanted.next_at = command.commands_first();
    const std::string lane = wanted.expected.of_retries ? keys.retry_lane(partition, queue_name)
                                                        : keys.queue(partition, queue_name);
    command.put_first("LRANGE", lane, "0",
                      std::to_string(wanted.count + listed_for_each * wanted.claim.count));
}

}  // namespace postrider::queue
