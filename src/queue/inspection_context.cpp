#include "inspection_context.h"

#include <postrider/log/log.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

/// Replies that come one after the other, and are wanted together.
class gathering {
 public:
    gathering(const asio::any_io_executor& executor, std::size_t calls)
        : replies(calls), missing(calls), complete(executor, asio::steady_timer::time_point::max()) {}

    void note(std::size_t index, redis::call_result result) {
        if (result)
            replies[index] = std::move(*result);
        else
            failed = true;
        if (--missing == 0) complete.cancel();
    }

    std::vector<redis::reply> replies;
    std::size_t missing;
    bool failed = false;
    asio::steady_timer complete;
};

read_fault away() {
    return read_fault{false, "Redis does not answer"};
}
read_fault refused(std::string_view text) {
    return read_fault{false, "Redis answered: " + std::string(text)};
}

asio::awaitable<void> wait_for(std::shared_ptr<gathering> all) {
    while (all->missing > 0)
        co_await all->complete.async_wait(asio::as_tuple(asio::use_awaitable));
}

using client_list = std::vector<redis::client*>;

/// In a Cluster each slot has a connection of its own, made when it is first asked for: whoever asks first
/// waits for it. A connection that was there before and is lost is not waited for.
asio::awaitable<void> wait_for_first_connections(inspection_ptr context, client_list asked) {
    for (redis::client* each : asked)
        if (!context->stopped && each->generation() == 0) co_await each->wait_first_attempt();
}

template <typename Call>
client_list clients_of(const inspection_ptr& context, const std::vector<Call>& calls) {
    client_list clients;
    for (const Call& call : calls)
        clients.push_back(&context->client(call.partition));
    return clients;
}

}  // namespace

redis::command partition_call::compose(const script_form& form, const keys& keys) const {
    redis::command command(form.verb, form.script, 1, keys.base(partition));
    for (const std::string& argument : arguments)
        command.add(argument);
    return command;
}

void inspection_context::report_fault(std::string_view kind, std::string_view detail) {
    metrics.count_stored_fault(kind);
    if (fault_lines_.allow(time.monotonic_now()))
        log::error("odd entry in the store passed over", {{"kind", kind}, {"detail", detail}});
}

inspection_answer<redis::reply> ask(inspection_ptr context, partition_call call) {
    std::vector<partition_call> calls;
    calls.push_back(std::move(call));
    auto replies = co_await ask_all(std::move(context), std::move(calls));
    if (!replies) co_return unexpected<read_fault>(std::move(replies.error()));
    co_return std::move(replies->front());
}

inspection_answer<std::vector<redis::reply>> ask_all(inspection_ptr context,
                                                     std::vector<partition_call> calls) {
    co_await wait_for_first_connections(context, clients_of(context, calls));
    if (context->stopped) co_return unexpected<read_fault>(away());
    const auto executor = co_await asio::this_coro::executor;
    const auto all = std::make_shared<gathering>(executor, calls.size());
    for (std::size_t index = 0; index < calls.size(); ++index) {
        const auto scripts = context->scripts(calls[index].partition);
        run_script(
            scripts, calls[index].which, scripts.client.generation(),
            [call = std::make_shared<partition_call>(std::move(calls[index])),
             context](const script_form& form) { return call->compose(form, context->keys); },
            [all, index](redis::call_result result) { all->note(index, std::move(result)); });
    }
    co_await wait_for(all);
    if (all->failed || context->stopped) co_return unexpected<read_fault>(away());
    for (const redis::reply& reply : all->replies)
        if (reply.is_error()) co_return unexpected<read_fault>(refused(reply.text()));
    co_return std::move(all->replies);
}

inspection_answer<std::vector<redis::reply>> ask_plainly(inspection_ptr context,
                                                         std::vector<plain_call> calls) {
    co_await wait_for_first_connections(context, clients_of(context, calls));
    if (context->stopped) co_return unexpected<read_fault>(away());
    const auto executor = co_await asio::this_coro::executor;
    const auto all = std::make_shared<gathering>(executor, calls.size());
    for (std::size_t index = 0; index < calls.size(); ++index) {
        redis::client& client = context->client(calls[index].partition);
        client.call(std::move(calls[index].command), client.generation(),
                    [all, index](redis::call_result result) { all->note(index, std::move(result)); });
    }
    co_await wait_for(all);
    if (all->failed || context->stopped) co_return unexpected<read_fault>(away());
    co_return std::move(all->replies);
}

std::string milliseconds_text(wall_time time) {
    return std::to_string(time.time_since_epoch().count());
}

}  // namespace postrider::queue
