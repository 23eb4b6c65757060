#include <postrider/redis/script.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace postrider::redis {
namespace asio = boost::asio;

namespace {

/// Shared with the answer, which may come after the patience ended.
struct patience {
    explicit patience(const asio::any_io_executor& executor) : answered(executor) {}
    runtime::signal answered;
    std::optional<call_result> answer;
};

bool is_unknown_script(const call_result& result) {
    return result && result->is_error() && result->text().starts_with("NOSCRIPT");
}

}  // namespace

command load_script(const script& script) {
    return command("SCRIPT", "LOAD", script.text);
}

asio::awaitable<call_result> call_within(client& client, command command, milliseconds longest) {
    const auto end = std::chrono::steady_clock::now() + longest;
    const auto executor = co_await asio::this_coro::executor;
    const auto waiting = std::make_shared<patience>(executor);
    client.call(std::move(command), client.generation(), [waiting](call_result result) {
        waiting->answer = std::move(result);
        waiting->answered.notify_all();
    });
    while (!waiting->answer) {
        const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
        if (left <= milliseconds::zero()) co_return unexpected<call_error>(call_error::unknown_outcome);
        co_await waiting->answered.wait_for(left);
    }
    co_return std::move(*waiting->answer);
}

asio::awaitable<call_result> run_script(client& client, const script& script, command call,
                                        milliseconds longest) {
    command with_text = call;
    auto result = co_await call_within(client, std::move(call), longest);
    if (is_unknown_script(result)) {
        with_text.set(0, "EVAL");
        with_text.set(1, script.text);
        result = co_await call_within(client, std::move(with_text), longest);
    }
    co_return result;
}

}  // namespace postrider::redis
