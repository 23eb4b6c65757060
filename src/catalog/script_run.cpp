#include "script_run.h"

#include "scan.h"

#include <postrider/redis/script.h>

#include <algorithm>
#include <string>

namespace postrider::catalog {

fault fault_of(std::string_view answer) {
    if (answer == "M") return make_fault(fault_kind::missing, "there is no such endpoint");
    if (answer == "X") return make_fault(fault_kind::changed, "there is an endpoint with this id");
    if (answer == "C") return make_fault(fault_kind::changed, "the endpoint was changed meanwhile");
    if (answer == "L") return make_fault(fault_kind::full, "there are as many as may be");
    return make_fault(
        fault_kind::unreadable,
        "the catalog cannot be read: " + std::string(answer.substr(std::min<std::size_t>(1, answer.size()))));
}

store::answer<redis::reply> run(context_ptr context, script script, redis::command call) {
    auto result =
        co_await redis::run_script(context->client, text_of(script), std::move(call), call_takes_at_most);
    if (!result || result->is_error()) co_return unexpected<fault>(unavailable(result));
    if (result->kind() == redis::reply_view::type::text)
        co_return unexpected<fault>(fault_of(result->text()));
    co_return std::move(*result);
}

store::answer<std::uint64_t> run_for_number(context_ptr context, script script, redis::command call) {
    const auto reply = co_await run(context, script, std::move(call));
    if (!reply) co_return unexpected<fault>(reply.error());
    co_return static_cast<std::uint64_t>(reply->integer().value_or(0));
}

}  // namespace postrider::catalog
