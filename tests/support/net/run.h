#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace postrider::test {

/// Runs the context until the coroutine ended, and gives what it gave.
template <typename Value>
Value run(boost::asio::io_context& context, boost::asio::awaitable<Value> work) {
    std::optional<Value> result;
    std::exception_ptr thrown;
    bool ended = false;
    boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr error, Value value) {
        thrown = std::move(error);
        result.emplace(std::move(value));
        ended = true;
    });
    context.restart();
    while (!ended)
        context.run_one();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*result);
}

}  // namespace postrider::test
