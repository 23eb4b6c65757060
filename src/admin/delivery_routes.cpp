#include "cursor.h"
#include "delivery_view.h"
#include "identifiers.h"
#include "sight.h"

#include <array>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

constexpr std::size_t usual_deliveries = 10;

asio::awaitable<http::response> list_deliveries(call asked) {
    const auto endpoint = find_endpoint(asked, asked.parameters.front());
    if (!endpoint) co_return not_found("webhook");
    auto& given = asked.given;
    queue::delivery_filter filter;
    filter.status = given.take_status("status");
    filter.parked = given.take_switch("parked");
    filter.event_type = given.take_event_type("event_type");
    filter.before = given.take_time("before");
    filter.after = given.take_time("after");
    const auto limit = given.take_limit(usual_deliveries);
    if (auto refusal = given.refusal()) co_return std::move(*refusal);
    const auto scope =
        list_scope(asked.now->cursor_key, asked.request.path, endpoint->tenant, given.filters());
    auto position = read_position(scope, given.take_text("cursor"));
    if (!position) co_return refuse_cursor();
    const auto page = co_await asked.around.inspection.deliveries(endpoint->queue_name(), std::move(filter),
                                                                  std::move(*position), limit);
    if (!page) co_return refuse(page.error());
    json out{{"deliveries", json::array()}, {"next_cursor", next_cursor(scope, page->next)}};
    for (const auto& row : page->rows)
        out["deliveries"].push_back(describe_delivery(row));
    co_return answer(200, out);
}

asio::awaitable<http::response> show_delivery(call asked) {
    const auto id = read_delivery_id(asked.parameters.front());
    if (!id) co_return not_found("delivery");
    const auto found = co_await asked.around.inspection.delivery(queue_name_of(asked, *id), id->store_id);
    if (!found) co_return refuse(found.error());
    if (!*found) co_return not_found("delivery");
    co_return answer(200, describe_delivery(**found));
}

constexpr std::array delivery_table{
    route{"GET", "/api/webhooks/{id}/deliveries", audience::readers, tenants::admitted, body::ignored,
          list_deliveries, "limit, cursor, status, parked, event_type, before, after"},
    route{"GET", "/api/deliveries/{id}", audience::readers, tenants::admitted, body::ignored, show_delivery},
};

}  // namespace

std::span<const route> delivery_routes() {
    return delivery_table;
}

}  // namespace postrider::admin
