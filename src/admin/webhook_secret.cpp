#include "change_record.h"
#include "secret_rotation.h"
#include "stored_webhook.h"
#include "webhook_handlers.h"

namespace postrider::admin {

namespace asio = boost::asio;

asio::awaitable<http::response> rotate_webhook_secret(call asked) {
    const auto wanted = read_rotation(asked.request.body);
    if (!wanted) co_return wanted.error();
    auto before = co_await find_entry(asked, asked.parameters.front());
    if (!before) co_return std::move(before.error());
    const auto read = read_endpoint(asked, *before);
    if (!read) co_return read.error();
    auto changed =
        rotate(read_settings(*before), *read, *wanted, asked.around.time.wall_now(), asked.around.random);
    if (!changed) co_return std::move(changed.error());
    auto after = *before;
    after.settings = secret(changed->document.dump());
    auto endpoint = read_endpoint(asked, after);
    if (!endpoint) co_return std::move(endpoint.error());
    auto who = describe_difference(asked, &*read, &*endpoint);
    who.action = "endpoint.secret_rotated";
    const auto stored =
        co_await asked.around.catalog.replace(std::move(after), std::move(*before), std::move(who));
    if (!stored) co_return refuse(stored.error());
    const auto refusal = co_await apply(asked, "the new secret is stored");
    // A made secret is told by this answer only, so it is told.
    if (refusal && !changed->made_secret) co_return *refusal;
    auto document =
        co_await describe_changed(asked, std::make_shared<const postrider::endpoint>(std::move(*endpoint)));
    if (changed->made_secret) document["secret"] = *changed->made_secret;
    if (!changed->public_key.empty()) document["public_key"] = changed->public_key;
    co_return answer(200, document);
}

}  // namespace postrider::admin
