#include "shard_operations.h"

#include "ask.h"

#include <memory>
#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {

constexpr milliseconds ping_takes_at_most{1500};
constexpr milliseconds moves_take_at_most{5000};
constexpr milliseconds page_takes_at_most{10000};  // as long as Prometheus waits for a scrape

std::string fault_in(const std::optional<bool>& answered, const std::string& connection_fault) {
    if (answered.has_value() && *answered) return {};
    if (!connection_fault.empty()) return "Redis is away: " + connection_fault;
    return answered.has_value() ? "Redis does not answer a PING as it should" : "Redis is silent";
}

asio::steady_timer::time_point in(milliseconds duration) {
    return asio::steady_timer::clock_type::now() + duration;
}

/// Brings an answer from wherever it is given back to the shard that asked.
template <typename Answer>
std::function<void(Answer)> answer_on(runtime::shard& shard, const std::shared_ptr<question<Answer>>& asked) {
    return [&shard, asked](Answer given) {
        shard.post([asked, carried = std::move(given)]() mutable { asked->answer(std::move(carried)); });
    };
}

}  // namespace

asio::awaitable<std::string> shard_operations::readiness() {
    if (!fault_.empty()) co_return fault_;
    auto ping = std::make_shared<question<bool>>(shard_.executor(), in(ping_takes_at_most));
    client_.call(redis::command("PING"), client_.generation(), [ping](redis::call_result result) {
        ping->answer(result.has_value() && !result->is_error());
    });
    const auto answered = co_await ping->wait();
    co_return fault_in(answered, client_.last_error());
}

asio::awaitable<std::vector<config::fault>> shard_operations::reload(catalog::change who) {
    auto asked = std::make_shared<question<std::vector<config::fault>>>(shard_.executor());
    daemon_.reload(std::move(who), answer_on(shard_, asked));
    auto answered = co_await asked->wait();
    co_return std::move(*answered);
}

asio::awaitable<std::string> shard_operations::refresh() {
    auto asked = std::make_shared<question<std::string>>(shard_.executor(), in(moves_take_at_most));
    daemon_.refresh(answer_on(shard_, asked));
    auto answered = co_await asked->wait();
    if (!answered) co_return "the store did not give the endpoints in time";
    co_return std::move(*answered);
}

asio::awaitable<std::optional<std::string>> shard_operations::send_test(std::string queue_name,
                                                                        std::string event_type) {
    using store_id = std::optional<std::string>;
    auto asked = std::make_shared<question<store_id>>(shard_.executor(), in(moves_take_at_most));
    daemon_.send_test(std::move(queue_name), std::move(event_type), answer_on(shard_, asked));
    auto answered = co_await asked->wait();
    if (!answered) co_return std::nullopt;
    co_return std::move(*answered);
}

void shard_operations::wake(std::string queue_name) {
    const std::uint32_t partition = keys_.partition_of(queue_name);
    daemon_.wake(partition, std::move(queue_name));
}

asio::awaitable<admin::daemon_facts> shard_operations::facts() {
    auto asked = std::make_shared<question<admin::daemon_facts>>(shard_.executor(), in(moves_take_at_most));
    daemon_.facts(answer_on(shard_, asked));
    auto answered = co_await asked->wait();
    co_return answered ? std::move(*answered) : admin::daemon_facts();
}

asio::awaitable<std::string> shard_operations::metrics_page() {
    auto asked = std::make_shared<question<std::string>>(shard_.executor(), in(page_takes_at_most));
    daemon_.metrics_page(answer_on(shard_, asked));
    auto answered = co_await asked->wait();
    co_return answered ? std::move(*answered) : std::string();
}

}  // namespace postrider::daemon
