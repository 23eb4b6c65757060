#include "webhook_list.h"

#include "cursor.h"
#include "query.h"

namespace postrider::admin {

namespace {

constexpr std::size_t usual_webhooks = 50;

}  // namespace

expected<webhook_list, http::response> read_webhook_list(const call& asked) {
    query given = asked.given;
    webhook_list wanted;
    wanted.limit = given.take_limit(usual_webhooks);
    wanted.state = given.take_one_of("state", {"active", "paused", "disabled"});
    if (auto refusal = given.refusal()) return unexpected<http::response>(std::move(*refusal));
    wanted.scope = list_scope(asked.now->cursor_key, asked.request.path, asked.tenant, given.filters());
    auto position = read_position(wanted.scope, given.take_text("cursor"));
    if (!position) return unexpected<http::response>(refuse_cursor());
    wanted.after = std::move(*position);
    return wanted;
}

}  // namespace postrider::admin
