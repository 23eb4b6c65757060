#include "test_deliveries.h"

#include "challenge.h"
#include "settlement.h"

#include <postrider/log/log.h>
#include <postrider/runtime/shard.h>

#include <algorithm>
#include <utility>

namespace postrider::dispatch {
namespace asio = boost::asio;

namespace {

/// What became of it: there is no retry, so whatever is not a 2xx has failed for good.
outcome outcome_of(const attempt_result& result) {
    outcome ended;
    const bool delivered =
        result.error == transport_error::none && result.status >= 200 && result.status < 300;
    ended.what = delivered ? outcome::kind::delivered : outcome::kind::dead;
    ended.reason = dead_reason::attempts_exhausted;
    return ended;
}

/// Both records are kept, however short the history is.
queue::history_entry entry_of(queue::attempt_record record, const endpoint& endpoint) {
    constexpr std::uint64_t least = 10;
    record.is_test = true;
    record.keeps_body = false;
    queue::history_entry entry;
    entry.most = std::max(endpoint.limits.history_per_endpoint, least);
    entry.record = std::move(record);
    return entry;
}

/// Attempt 0: it is under way.
queue::attempt_record record_of_begin(const event& event) {
    queue::attempt_record record;
    record.event_id = event.id;
    record.event_type = event.type;
    record.begun_at = event.accepted_at;
    record.what = outcome::kind::retry;
    return record;
}

void log_test(const endpoint& endpoint, const event& event, const attempt_result& result) {
    log::info("test delivery", {{"endpoint", endpoint.id},
                                {"tenant", endpoint.tenant},
                                {"event_id", event.id},
                                {"event_type", event.type},
                                {"status", result.status},
                                {"error", words_for_operators(result)},
                                {"duration_ms", result.duration.count()}});
}

}  // namespace

std::optional<std::string> test_deliveries::begin(const endpoint_ptr& endpoint, std::uint32_t partition,
                                                  const std::string& event_type) {
    if (under_way_ >= most_under_way) return std::nullopt;
    std::string challenge;
    if (event_type == challenge_type) challenge = random_id(random_) + random_id(random_);
    auto made = std::make_shared<event>();
    made->tenant = endpoint->tenant;
    made->id = "evt_" + random_id(random_);
    made->type = event_type;
    made->accepted_at = time_.wall_now();
    made->body = render_body(made->id, event_type, to_rfc3339(made->accepted_at),
                             challenge.empty() ? R"({"test":true})" : challenge_data(challenge));
    std::string id = store_id(made->tenant, made->id);
    const auto begun = entry_of(record_of_begin(*made), *endpoint);
    if (!store_.note_test(partition, endpoint->queue_name(), id, begun)) return std::nullopt;
    ++under_way_;
    runtime::spawn(executor_, "test delivery",
                   run(shared_from_this(), endpoint, partition, made, std::move(challenge)));
    return id;
}

asio::awaitable<void> test_deliveries::run(std::shared_ptr<test_deliveries> self, endpoint_ptr endpoint,
                                           std::uint32_t partition, event_ptr event, std::string challenge) {
    constexpr std::uint32_t first = 1;
    attempt_result result = co_await sender_.attempt(endpoint, event, first);
    outcome ended = outcome_of(result);
    log_test(*endpoint, *event, result);
    if (result.error == transport_error::blocked) metrics_.count_egress_blocked(result.denied_by);
    if (!challenge.empty()) judge(*endpoint, challenge, result, ended);
    const auto record = record_of_attempt(*event, first, *endpoint, result, ended, time_.wall_now());
    (void)store_.note_test(partition, endpoint->queue_name(), store_id(event->tenant, event->id),
                           entry_of(record, *endpoint));
    --self->under_way_;
}

/// The answer may hold the challenge: no record keeps it.
void test_deliveries::judge(const endpoint& endpoint, const std::string& challenge, attempt_result& result,
                            outcome& ended) const {
    const bool answered = ended.what == outcome::kind::delivered && repeats(result.body_prefix, challenge);
    if (ended.what == outcome::kind::delivered && !answered) {
        ended.what = outcome::kind::dead;
        result.detail = "the answer does not repeat the challenge";
    } else if (!answered && result.detail.empty()) {
        result.detail = "the answer's status is " + std::to_string(result.status);
    }
    result.body_prefix.clear();
    log::info("endpoint was challenged", {{"endpoint", endpoint.id},
                                          {"tenant", endpoint.tenant},
                                          {"verified", answered},
                                          {"error", result.detail}});
    if (tell_) tell_(endpoint.queue_name(), endpoint.url_text, answered ? std::string() : result.detail);
}

}  // namespace postrider::dispatch
