#include "answer.h"
#include "change_record.h"
#include "identifiers.h"
#include "sight.h"
#include "webhook_handlers.h"

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

constexpr std::string_view default_type = "postrider.test";
/// What the dispatcher takes for a challenge.
constexpr std::string_view challenge_type = "postrider.endpoint.verification";

struct wanted_test {
    std::string webhook_id;
    std::string event_type{default_type};
};

expected<wanted_test, http::response> read_wanted(std::string_view body) {
    const auto document = read_object(body);
    if (!document) return unexpected<http::response>(document.error());
    auto faults = find_unknown(*document, {"webhook_id", "event_type"});
    wanted_test wanted;
    const auto id = document->find("webhook_id");
    if (id != document->end() && id->is_string()) {
        wanted.webhook_id = id->get<std::string>();
    } else {
        faults.push_back({"webhook_id", "must be the id of a webhook"});
    }
    if (const auto type = document->find("event_type"); type != document->end()) {
        wanted.event_type = type->is_string() ? type->get<std::string>() : std::string();
        if (!is_event_type(wanted.event_type))
            faults.push_back({"event_type", "must be 1 to 256 letters, digits, '_', '.' and '-'"});
    }
    if (!faults.empty()) return unexpected<http::response>(invalid(faults));
    return wanted;
}

/// Recorded first; it goes on after the answer.
asio::awaitable<http::response> send(const call& asked, endpoint_ptr endpoint, std::string event_type) {
    auto made = describe_change(asked, "endpoint.tested", endpoint->id, endpoint->tenant);
    made.after = json{{"event_type", event_type}}.dump();
    auto refusal = co_await record_first(asked, std::move(made));
    if (refusal) co_return std::move(*refusal);
    const auto sent = co_await asked.around.daemon.send_test(endpoint->queue_name(), std::move(event_type));
    if (!sent)
        co_return unavailable(
            "no test can be sent from here now: too many tests are under way, or Redis is away");
    const json document{{"delivery_id", delivery_id(*sent, endpoint->queue_name())}};
    co_return answer(202, document);
}

}  // namespace

asio::awaitable<http::response> test_webhook(call asked) {
    const auto wanted = read_wanted(asked.request.body);
    if (!wanted) co_return wanted.error();
    const auto endpoint = find_endpoint(asked, wanted->webhook_id);
    if (!endpoint) co_return not_found("webhook");
    co_return co_await send(asked, endpoint, wanted->event_type);
}

asio::awaitable<http::response> verify_webhook(call asked) {
    const auto endpoint = find_endpoint(asked, asked.parameters.front());
    if (!endpoint) co_return not_found("webhook");
    if (endpoint->verification == verification::none)
        co_return http::problem(409, "no_verification",
                                "this webhook needs no verification: its `verification` is `none`");
    co_return co_await send(asked, endpoint, std::string(challenge_type));
}

}  // namespace postrider::admin
