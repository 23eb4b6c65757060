#include "cursor.h"
#include "delivery_view.h"
#include "event_handlers.h"
#include "query.h"
#include "sight.h"

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_candidates = 256;

/// Where an event may have left a trace.
std::vector<std::string> queues_of(const call& asked, const std::string& tenant) {
    std::vector<std::string> names;
    if (!asked.now->subscriptions) return names;
    for (const auto& endpoint : asked.now->subscriptions->endpoints()) {
        if (names.size() == most_candidates) break;
        if (endpoint->tenant == tenant) names.push_back(endpoint->queue_name());
    }
    return names;
}

}  // namespace

expected<std::string, http::response> read_tenant(const call& asked) {
    query given = asked.given;
    auto named = given.take_name("tenant");
    if (auto refusal = given.refusal()) return unexpected<http::response>(std::move(*refusal));
    if (named.empty()) return asked.tenant.value_or("default");
    if (may_see(asked, named)) return named;
    return unexpected<http::response>(
        http::problem(403, "other_tenant", "the token is bound to another tenant"));
}

asio::awaitable<expected<queue::event_view, http::response>> find_event(const call& asked) {
    using refusal = unexpected<http::response>;
    const auto tenant = read_tenant(asked);
    if (!tenant) co_return refusal(tenant.error());
    auto name = store_id(*tenant, asked.parameters.front());
    auto found = co_await asked.around.inspection.find_event(std::move(name), queues_of(asked, *tenant));
    if (!found) co_return refusal(refuse(found.error()));
    if (!*found) co_return refusal(not_found("event"));
    // What only a history tells of has no tenant of its own.
    (*found)->head.tenant = *tenant;
    co_return std::move(**found);
}

std::string describe_event(const queue::event_view& event) {
    json out;
    out["id"] = event.head.id;
    out["type"] = text_or_null(event.head.type);
    out["timestamp"] =
        event.head.accepted_at == wall_time() ? json(nullptr) : to_json(event.head.accepted_at);
    out["key"] = text_or_null(event.head.key);
    out["tenant"] = event.head.tenant;
    out["data_available"] = event.body.has_value();
    out["deliveries"] = json::array();
    for (const auto& row : event.deliveries)
        out["deliveries"].push_back(describe_delivery(row));
    const bool is_json = event.body && json::accept(*event.body);
    if (!is_json) out["payload"] = event.body ? json(*event.body) : json(nullptr);
    auto text = out.dump(-1, ' ', false, json::error_handler_t::replace);
    if (!is_json) return text;
    // Put in as it is: read and written again, its numbers might change.
    text.pop_back();
    return text.append(R"(,"payload":)").append(*event.body).append("}");
}

asio::awaitable<http::response> show_event(call asked) {
    const auto found = co_await find_event(asked);
    if (!found) co_return found.error();
    http::response out;
    out.body = describe_event(*found);
    co_return out;
}

}  // namespace postrider::admin
