#include "change_record.h"
#include "cursor.h"
#include "dead_letter_handlers.h"
#include "delivery_view.h"
#include "identifiers.h"
#include "query.h"

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

using moved = queue::inspection::moved;

constexpr std::size_t usual_letters = 50;

queue::dead_letter_filter read_filter(const call& asked, query& given) {
    queue::dead_letter_filter filter;
    filter.tenant = asked.tenant.value_or(std::string());
    if (const auto webhook_id = given.take_name("webhook_id"); !webhook_id.empty())
        choose_webhook(asked, webhook_id, filter);
    filter.event_type = given.take_event_type("event_type");
    filter.reason = given.take_reason("reason");
    filter.before = given.take_time("before");
    filter.after = given.take_time("after");
    return filter;
}

http::response describe(moved what) {
    switch (what) {
        case moved::done:
            return no_content();
        case moved::gone:
            return not_found("dead letter");
        case moved::alive:
            return http::problem(409, "under_way", "it is queued or being sent; nothing was changed");
        case moved::full:
        case moved::faulty:
            break;
    }
    return unavailable("the stored delivery could not be read");
}

}  // namespace

asio::awaitable<http::response> list_dead_letters(call asked) {
    auto& given = asked.given;
    auto filter = read_filter(asked, given);
    const auto limit = given.take_limit(usual_letters);
    if (auto refusal = given.refusal()) co_return std::move(*refusal);
    const auto scope = list_scope(asked.now->cursor_key, asked.request.path, asked.tenant, given.filters());
    auto position = read_position(scope, given.take_text("cursor"));
    if (!position) co_return refuse_cursor();
    const auto page =
        co_await asked.around.inspection.dead_letters(std::move(filter), std::move(*position), limit);
    if (!page) co_return refuse(page.error());
    json out{{"dead_letters", json::array()}, {"next_cursor", next_cursor(scope, page->next)}};
    for (const auto& letter : page->rows)
        out["dead_letters"].push_back(describe_dead_letter(letter));
    co_return answer(200, out);
}

asio::awaitable<http::response> show_dead_letter(call asked) {
    const auto id = read_dead_letter_id(asked.parameters.front());
    if (!id) co_return not_found("dead letter");
    const auto found =
        co_await asked.around.inspection.find_dead_letter(queue_name_of(asked, *id), id->store_id);
    if (!found) co_return refuse(found.error());
    if (!*found) co_return not_found("dead letter");
    co_return answer(200, describe_dead_letter(**found));
}

asio::awaitable<http::response> purge_dead_letter(call asked) {
    const auto id = read_dead_letter_id(asked.parameters.front());
    if (!id) co_return not_found("dead letter");
    std::vector<queue::inspection::item> items(1);
    items.front().queue_name = queue_name_of(asked, *id);
    items.front().store_id = id->store_id;
    const auto tenant = items.front().queue_name.substr(0, items.front().queue_name.find('.'));
    auto made = describe_change(asked, "dead_letter.purged", asked.parameters.front(), tenant);
    auto refusal = co_await record_first(asked, std::move(made));
    if (refusal) co_return std::move(*refusal);
    const auto said = co_await asked.around.inspection.purge(std::move(items));
    if (!said) co_return refuse(said.error());
    co_return describe(said->empty() ? moved::faulty : said->front());
}

}  // namespace postrider::admin
