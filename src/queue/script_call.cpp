#include "script_call.h"

#include <chrono>
#include <string>
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
    return {"EVAL", text_of(script).text, true};
}

/// The outcome of the second try of a transaction, all of which but the script was executed by the first.
redis::call_result outcome_of_rest(redis::client& client, redis::call_result result) {
    if (result && !result->is_error()) return result;
    if (result) client.leave("it refuses a script that it had forgotten: " + std::string(result->text()));
    return unexpected<redis::call_error>(redis::call_error::unknown_outcome);
}

}  // namespace

void run_script(const script_surroundings& around, script script, std::uint64_t generation,
                command_composer compose, std::function<void(redis::call_result)> done) {
    auto first = compose(by_digest(script));
    auto on_reply = [around, script, generation, began = around.time.monotonic_now(),
                     is_transaction = first.commands_first() > 0, compose = std::move(compose),
                     done = std::move(done)](redis::call_result result) mutable {
        if (!is_unknown_script(result)) {
            if (result) observe(around, script, began);
            return done(std::move(result));
        }
        if (!is_transaction) return around.client.call(compose(by_text(script)), generation, std::move(done));
        around.client.call(compose(by_text(script)), generation,
                           [&client = around.client, done = std::move(done)](redis::call_result rest) {
                               done(outcome_of_rest(client, std::move(rest)));
                           });
    };
    around.client.call(std::move(first), generation, std::move(on_reply));
}

asio::awaitable<redis::call_result> run_script(script_surroundings around, script script,
                                               std::uint64_t generation, command_composer compose) {
    const monotonic_time began = around.time.monotonic_now();
    auto first = compose(by_digest(script));
    const bool is_transaction = first.commands_first() > 0;
    auto result = co_await around.client.call(std::move(first), generation);
    if (is_unknown_script(result)) {
        auto second = compose(by_text(script));
        result = co_await around.client.call(std::move(second), generation);
        if (is_transaction) result = outcome_of_rest(around.client, std::move(result));
    }
    if (result) observe(around, script, began);
    co_return result;
}

}  // namespace postrider::queue
