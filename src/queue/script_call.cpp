#include "script_call.h"

#include <chrono>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

bool is_unknown_script(const redis::call_result& result) {
    return result && result->is_error() && result->text().starts_with("NOSCRIPT");
}

void observe(const script_surroundings& around, script script, monotonic_time began) {
    const std::chrono::duration<double> taken = around.time.monotonic_now() - began;
    around.metrics.observe_redis_seconds(text_of(script).name, taken.count());
}

script_form by_digest(script script) {
    return {"EVALSHA", text_of(script).sha1};
}
script_form by_text(script script) {
    return {"EVAL", text_of(script).text};
}

}  // namespace

void run_script(const script_surroundings& around, script script, std::uint64_t generation,
                command_composer compose, std::function<void(redis::call_result)> done) {
    auto first = compose(by_digest(script));
    auto on_reply = [around, script, generation, began = around.time.monotonic_now(),
                     compose = std::move(compose),
                     done = std::move(done)](redis::call_result result) mutable {
        if (is_unknown_script(result))
            return around.client.call(compose(by_text(script)), generation, std::move(done));
        if (result) observe(around, script, began);
        done(std::move(result));
    };
    around.client.call(std::move(first), generation, std::move(on_reply));
}

asio::awaitable<redis::call_result> run_script(script_surroundings around, script script,
                                               std::uint64_t generation, command_composer compose) {
    const monotonic_time began = around.time.monotonic_now();
    auto first = compose(by_digest(script));
    auto result = co_await around.client.call(std::move(first), generation);
    if (is_unknown_script(result)) {
        auto second = compose(by_text(script));
        result = co_await around.client.call(std::move(second), generation);
    }
    if (result) observe(around, script, began);
    co_return result;
}

}  // namespace postrider::queue
