#include "trail_list.h"

#include "answer.h"
#include "cursor.h"
#include "query.h"

#include <algorithm>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

constexpr std::size_t usual_changes = 50;

/// What lies there was written as JSON; what is none is shown as a text.
json side_of(const std::string& text) {
    if (text.empty()) return nullptr;
    auto parsed = json::parse(text, nullptr, false);
    return parsed.is_discarded() ? json(text) : parsed;
}

json describe(const catalog::trail_record& record) {
    auto id = "chg_" + record.id;
    std::ranges::replace(id, '-', '_');
    return json{{"id", std::move(id)},
                {"at", to_rfc3339(record.at)},
                {"action", record.what.action},
                {"target", text_or_null(record.what.target)},
                {"tenant", text_or_null(record.what.tenant)},
                {"actor", record.what.actor},
                {"via", record.what.via},
                {"remote", text_or_null(record.what.remote)},
                {"request_id", text_or_null(record.what.request_id)},
                {"before", side_of(record.what.before)},
                {"after", side_of(record.what.after)},
                {"cut", record.what.is_cut}};
}

catalog::trail_filter read_filter(query& given) {
    catalog::trail_filter filter;
    filter.actor = given.take_text("actor");
    filter.action = given.take_text("action");
    filter.target = given.take_text("target");
    filter.tenant = given.take_name("tenant");
    filter.before = given.take_time("before");
    filter.after = given.take_time("after");
    return filter;
}

}  // namespace

asio::awaitable<http::response> list_changes(call asked) {
    auto& given = asked.given;
    auto filter = read_filter(given);
    const auto limit = given.take_limit(usual_changes);
    if (auto refusal = given.refusal()) co_return std::move(*refusal);
    const auto scope = list_scope(asked.now->cursor_key, asked.request.path, asked.tenant, given.filters());
    auto position = read_position(scope, given.take_text("cursor"));
    if (!position || (!position->empty() && !catalog::is_trail_position(*position)))
        co_return refuse_cursor();
    const auto page =
        co_await asked.around.catalog.read_trail(std::move(filter), std::move(*position), limit);
    if (!page) co_return unavailable("Redis did not answer as it should");
    json out{{"changes", json::array()}, {"next_cursor", next_cursor(scope, page->next)}};
    for (const auto& record : page->records)
        out["changes"].push_back(describe(record));
    co_return answer(200, out);
}

}  // namespace postrider::admin
