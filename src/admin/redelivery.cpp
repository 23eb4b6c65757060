#include "change_record.h"
#include "cursor.h"
#include "event_handlers.h"
#include "identifiers.h"
#include "sight.h"

#include <algorithm>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

using moved = queue::inspection::moved;

constexpr std::size_t most_in_a_call = 256;

/// The webhook that the body names; empty: all that got the event.
expected<std::string, http::response> read_webhook(std::string_view body) {
    const auto document = read_object(body, true);
    if (!document) return unexpected<http::response>(document.error());
    auto faults = find_unknown(*document, {"webhook_id"});
    std::string id;
    if (const auto given = document->find("webhook_id"); given != document->end()) {
        if (given->is_string()) id = given->get<std::string>();
        if (!is_name(id)) faults.push_back({"webhook_id", "must be the id of a webhook"});
    }
    if (!faults.empty()) return unexpected<http::response>(invalid(faults));
    return id;
}

/// The deliveries of the event to webhooks that are still there; of one webhook when it is named.
std::vector<queue::inspection::item> select(const call& asked, const queue::event_view& event,
                                            std::string_view webhook_id) {
    std::vector<queue::inspection::item> items;
    for (const auto& row : event.deliveries) {
        if (row.is_test || (!webhook_id.empty() && webhook_of(row.queue_name) != webhook_id)) continue;
        const auto endpoint = asked.now->subscriptions->find(row.queue_name);
        if (!endpoint) continue;
        auto& item = items.emplace_back();
        item.queue_name = row.queue_name;
        item.store_id = row.store_id;
        item.max_queued = endpoint->limits.max_queued_events;
        if (endpoint->ordering == ordering::key) item.key_hash = queue::key_hash(event.head.key);
    }
    return items;
}

/// What became of all of them.
struct tally {
    std::size_t total = 0;
    std::size_t done = 0;
    std::size_t alive = 0;
    std::size_t full = 0;
    std::size_t gone = 0;
};

void count(tally& sum, moved what) noexcept {
    ++sum.total;
    if (what == moved::done) ++sum.done;
    if (what == moved::alive) ++sum.alive;
    if (what == moved::full) ++sum.full;
    if (what == moved::gone) ++sum.gone;
}

using items = std::vector<queue::inspection::item>;

/// Asks for some of them, counts what became of them, and gives those whose body is gone in their partition,
/// which are not counted.
asio::awaitable<expected<items, queue::read_fault>> replay_some(const call& asked, items some, tally& sum) {
    const auto said = co_await asked.around.inspection.replay(some);
    if (!said) co_return unexpected<queue::read_fault>(said.error());
    items gone;
    for (std::size_t n = 0; n < said->size() && n < some.size(); ++n) {
        if ((*said)[n].was_empty) asked.around.daemon.wake(some[n].queue_name);
        if ((*said)[n].what == moved::gone)
            gone.push_back(std::move(some[n]));
        else
            count(sum, (*said)[n].what);
    }
    co_return gone;
}

/// The same for those, with the body that another partition still has; empty: none has.
asio::awaitable<std::optional<queue::read_fault>> replay_gone(const call& asked, items gone,
                                                              std::string stored, tally& sum) {
    if (stored.empty()) {
        for (std::size_t n = 0; n < gone.size(); ++n)
            count(sum, moved::gone);
        co_return std::nullopt;
    }
    const auto said = co_await asked.around.inspection.replay_with_body(gone, std::move(stored));
    if (!said) co_return said.error();
    for (std::size_t n = 0; n < said->size() && n < gone.size(); ++n) {
        count(sum, (*said)[n].what);
        if ((*said)[n].was_empty) asked.around.daemon.wake(gone[n].queue_name);
    }
    co_return std::nullopt;
}

asio::awaitable<expected<tally, queue::read_fault>> replay_all(const call& asked, items all,
                                                               std::string stored) {
    tally sum;
    for (std::size_t at = 0; at < all.size(); at += most_in_a_call) {
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(at);
        const auto size = std::min(most_in_a_call, all.size() - at);
        items some(begin, begin + static_cast<std::ptrdiff_t>(size));
        auto gone = co_await replay_some(asked, std::move(some), sum);
        if (!gone) co_return unexpected<queue::read_fault>(std::move(gone.error()));
        if (gone->empty()) continue;
        auto fault = co_await replay_gone(asked, std::move(*gone), stored, sum);
        if (fault) co_return unexpected<queue::read_fault>(std::move(*fault));
    }
    co_return sum;
}

catalog::change describe_redelivery(const call& asked, const queue::event_view& event, const items& chosen) {
    auto webhooks = json::array();
    for (const auto& item : chosen)
        webhooks.push_back(webhook_of(item.queue_name));
    const auto& queue_name = chosen.front().queue_name;
    auto made = describe_change(asked, "event.redelivered", asked.parameters.front(),
                                queue_name.substr(0, queue_name.find('.')));
    made.after = json{{"event_type", event.head.type}, {"webhook_ids", std::move(webhooks)}}.dump();
    return made;
}

http::response describe(const tally& sum) {
    if (sum.done > 0) return answer(202, json{{"deliveries", sum.done}});
    if (sum.full > 0)
        return http::problem(409, "queue_full", "the webhook has as many events queued as it may");
    if (sum.alive == sum.total)
        return http::problem(409, "under_way", "it is queued or being sent; nothing was changed");
    if (sum.gone > 0) return http::problem(410, "body_gone", "the body of this event is no longer kept");
    return unavailable("the stored delivery could not be read");
}

}  // namespace

asio::awaitable<http::response> redeliver_event(call asked) {
    const auto webhook_id = read_webhook(asked.request.body);
    if (!webhook_id) co_return webhook_id.error();
    const auto event = co_await find_event(asked);
    if (!event) co_return event.error();
    auto chosen = select(asked, *event, *webhook_id);
    if (chosen.empty()) co_return not_found("webhook that this event was for");
    auto made = describe_redelivery(asked, *event, chosen);
    auto refusal = co_await record_first(asked, std::move(made));
    if (refusal) co_return std::move(*refusal);
    const auto sum = co_await replay_all(asked, std::move(chosen), event->stored);
    if (!sum) co_return refuse(sum.error());
    co_return describe(*sum);
}

}  // namespace postrider::admin
