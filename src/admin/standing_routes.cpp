#include "change_record.h"
#include "endpoint_state.h"
#include "sight.h"
#include "stored_webhook.h"
#include "webhook_view.h"

#include <array>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

asio::awaitable<http::response> change_standing(call asked, catalog::store::step step) {
    const auto endpoint = find_endpoint(asked, asked.parameters.front());
    if (!endpoint) co_return not_found("webhook");
    auto who = describe_change(asked);
    const auto change = co_await asked.around.catalog.change_standing(endpoint->queue_name(), step,
                                                                      endpoint->url_text, std::move(who));
    if (!change) co_return refuse(change.error());
    const auto refusal = co_await apply(asked, "the change is stored");
    if (refusal) co_return *refusal;
    auto facts = co_await read_facts(asked, endpoint);
    facts.standing = change->now;
    co_return answer(200, describe_webhook(asked, *endpoint, facts));
}

asio::awaitable<http::response> pause(call asked) {
    return change_standing(std::move(asked), catalog::store::step::pause);
}

asio::awaitable<http::response> resume(call asked) {
    return change_standing(std::move(asked), catalog::store::step::resume);
}

// State, not configuration: for webhooks of files too.
constexpr std::array standing_table{
    route{"POST", "/api/webhooks/{id}/pause", audience::admins, tenants::admitted, body::ignored, pause},
    route{"POST", "/api/webhooks/{id}/resume", audience::admins, tenants::admitted, body::ignored, resume},
};

}  // namespace

std::span<const route> standing_routes() {
    return standing_table;
}

}  // namespace postrider::admin
