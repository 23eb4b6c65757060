#include "shard_operations.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds ping_takes_at_most{1500};

/// One answer that comes by callback, and a wait for it that has an end.
template <typename Answer>
struct expected_answer {
    expected_answer(const asio::any_io_executor& executor, asio::steady_timer::time_point until)
        : timer(executor, until) {}

    void give(Answer given) {
        answer = std::move(given);
        timer.cancel();
    }
    asio::awaitable<void> wait() {
        if (!answer) co_await timer.async_wait(as_tuple);
    }

    asio::steady_timer timer;
    std::optional<Answer> answer;
};

std::string fault_in(const std::optional<bool>& answered, const std::string& connection_fault) {
    if (answered.has_value() && *answered) return {};
    if (!connection_fault.empty()) return "Redis is away: " + connection_fault;
    return answered.has_value() ? "Redis does not answer a PING as it should" : "Redis is silent";
}

}  // namespace

asio::awaitable<std::string> shard_operations::readiness() {
    if (!fault_.empty()) co_return fault_;
    auto ping = std::make_shared<expected_answer<bool>>(
        shard_.executor(), asio::steady_timer::clock_type::now() + ping_takes_at_most);
    client_.call(redis::command("PING"), client_.generation(), [ping](redis::call_result result) {
        ping->give(result.has_value() && !result->is_error());
    });
    co_await ping->wait();
    co_return fault_in(ping->answer, client_.last_error());
}

asio::awaitable<std::vector<config::fault>> shard_operations::reload() {
    using faults = std::vector<config::fault>;
    auto reloaded =
        std::make_shared<expected_answer<faults>>(shard_.executor(), asio::steady_timer::time_point::max());
    request_([reloaded, &shard = shard_](faults found) {
        shard.post([reloaded, found = std::move(found)] { reloaded->give(found); });
    });
    co_await reloaded->wait();
    co_return *reloaded->answer;
}

}  // namespace postrider::daemon
