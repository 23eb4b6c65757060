#include "cursor.h"
#include "endpoint_state.h"
#include "sight.h"
#include "webhook_handlers.h"
#include "webhook_list.h"
#include "webhook_view.h"

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

/// The page, and one more when there is more behind it.
std::vector<endpoint_ptr> select(const call& asked, const webhook_list& wanted) {
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
    const auto wanted = read_webhook_list(asked);
    if (!wanted) co_return wanted.error();
    auto page = select(asked, *wanted);
    const bool more = page.size() > wanted->limit;
    if (more) page.pop_back();
    const auto all = co_await read_all_facts(asked, page);
    auto list = json::array();
    for (std::size_t n = 0; n < page.size(); ++n)
        list.push_back(describe_webhook(asked, *page[n], all[n]));
    json out{{"webhooks", std::move(list)}, {"next_cursor", nullptr}};
    if (more) out["next_cursor"] = next_cursor(wanted->scope, page.back()->id);
    co_return answer(200, out);
}

asio::awaitable<http::response> show_webhook(call asked) {
    const auto endpoint = find_endpoint(asked, asked.parameters.front());
    if (!endpoint) co_return not_found("webhook");
    const auto facts = co_await read_facts(asked, endpoint);
    co_return answer(200, describe_webhook(asked, *endpoint, facts));
}

}  // namespace postrider::admin
