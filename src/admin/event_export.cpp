#include "cursor.h"
#include "data_handlers.h"
#include "delivery_lines.h"
#include "event_handlers.h"

#include <algorithm>

namespace postrider::admin {

namespace asio = boost::asio;

asio::awaitable<http::response> export_event(call asked) {
    const auto scope =
        list_scope(asked.now->cursor_key, asked.request.path, asked.tenant, asked.given.filters());
    const auto behind = read_position(scope, asked.given.take_text("cursor"));
    if (!behind) co_return refuse_cursor();
    auto event = co_await find_event(asked);
    if (!event) co_return event.error();
    export_page page;
    if (behind->empty()) page.add_text("event", describe_event(*event));
    auto& rows = event->deliveries;
    std::sort(rows.begin(), rows.end(),
              [](const auto& left, const auto& right) { return left.queue_name < right.queue_name; });
    std::string last;
    for (const auto& row : rows) {
        if (row.queue_name <= *behind) continue;
        if (page.is_full()) co_return std::move(page).end(next_cursor(scope, last));
        const auto line = co_await read_delivery_line(asked, row.queue_name, row.store_id);
        if (!line) co_return refuse(line.error());
        if (*line) page.add(**line);
        last = row.queue_name;
    }
    co_return std::move(page).end(json(nullptr));
}

}  // namespace postrider::admin
