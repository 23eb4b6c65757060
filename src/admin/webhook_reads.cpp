#include "cursor.h"
#include "endpoint_state.h"
#include "query.h"
#include "sight.h"
#include "webhook_handlers.h"
#include "webhook_view.h"

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

constexpr std::size_t usual_rows = 50;

/// Which webhooks are asked for.
struct selection {
    std::size_t limit;
    std::string after;  ///< the id that the page before ended with; empty: from the beginning
    std::string state;  ///< active, paused, disabled; empty: any
};

/// The page, and one more when there is more behind it.
std::vector<endpoint_ptr> select(const call& asked, const selection& wanted) {
    std::vector<endpoint_ptr> page;
    for (auto& endpoint : visible_endpoints(asked)) {
        if (page.size() > wanted.limit) break;
        if (endpoint->id <= wanted.after) continue;
        const auto standing = find_standing(asked.now->standings, *endpoint);
        if (wanted.state.empty() || state_of(*endpoint, standing).name == wanted.state)
            page.push_back(std::move(endpoint));
    }
    return page;
}

}  // namespace

asio::awaitable<http::response> list_webhooks(call asked) {
    query given(asked.request.query, {"limit", "cursor", "state"});
    const auto limit = given.take_limit(usual_rows);
    const auto state = given.take_state("state");
    if (auto refusal = given.refusal()) co_return std::move(*refusal);
    const auto scope = list_scope(asked.request.path, asked.tenant, given.filters());
    const auto after = read_position(scope, given.take_text("cursor"));
    if (!after) co_return refuse_cursor();
    auto page = select(asked, {limit, *after, state});
    const bool more = page.size() > limit;
    if (more) page.pop_back();
    const std::string last = more ? page.back()->id : std::string();
    const auto all = co_await read_all_facts(asked, page);
    auto list = json::array();
    for (std::size_t n = 0; n < page.size(); ++n)
        list.push_back(describe_webhook(asked, *page[n], all[n]));
    co_return answer(200, json{{"webhooks", std::move(list)}, {"next_cursor", next_cursor(scope, last)}});
}

asio::awaitable<http::response> show_webhook(call asked) {
    const auto endpoint = find_endpoint(asked, asked.parameters.front());
    if (!endpoint) co_return not_found("webhook");
    const auto facts = co_await read_facts(asked, endpoint);
    co_return answer(200, describe_webhook(asked, *endpoint, facts));
}

}  // namespace postrider::admin
