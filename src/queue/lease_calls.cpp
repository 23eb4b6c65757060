#include "lease_calls.h"

#include <postrider/log/log.h>
#include <postrider/log/once_per_second.h>
#include <postrider/runtime/signal.h>

#include <memory>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

lease_verdicts read_verdicts(const redis::call_result& result, std::size_t wanted, script script,
                             monotonic_time now) {
    lease_verdicts verdicts;
    if (!result) return verdicts;
    if (result->is_error() || result->size() != wanted) {
        // Tried again every 50 ms, and on a Cluster for each partition: a shard, which is a thread, tells
        // once.
        static thread_local log::once_per_second lines;
        if (lines.allow(now))
            log::warning("redis refused a call",
                         {{"script", text_of(script).name}, {"error", result->text()}});
        return verdicts;
    }
    for (std::size_t index = 0; index < wanted; ++index) {
        const std::string_view answer = (*result)[index].text();
        if (answer == "A")
            verdicts.of.push_back(lease_verdict::ours);
        else if (answer == "F" || answer == "L")
            verdicts.of.push_back(lease_verdict::refused);
        else
            verdicts.of.push_back(lease_verdict::faulty);
    }
    return verdicts;
}

/// What the replicas have of the last write.
struct confirmation {
    explicit confirmation(const asio::any_io_executor& executor) : changed(executor) {}
    bool answered = false;
    bool enough = false;
    runtime::signal changed;
};

/// Several commands that go out together.
struct gathering {
    gathering(const asio::any_io_executor& executor, std::size_t commands)
        : missing(commands), results(commands), changed(executor) {}
    std::size_t missing;
    std::vector<observed_lease> results;
    bool failed = false;
    runtime::signal changed;

    void note(std::size_t index, const redis::call_result& result) {
        if (result) {
            results[index].token = (*result)[0].text();
            results[index].beat = (*result)[1].text();
            if (result->is_error()) log::warning("a lease cannot be read", {{"error", result->text()}});
        }
        failed = failed || !result;
        if (--missing == 0) changed.notify_all();
    }
};

asio::awaitable<bool> wait_for_replicas(lease_connection connection) {
    const replication& replicated = connection.replicated;
    const auto asked = std::make_shared<confirmation>(connection.executor);
    replicated.confirm(connection.generation, replicated.timeout, [asked](bool enough) {
        asked->enough = enough;
        asked->answered = true;
        asked->changed.notify_all();
    });
    while (!asked->answered)
        co_await asked->changed.wait();
    co_return asked->enough;
}

/// Over the connection whose writes can be confirmed, if that is wanted and it is there.
asio::awaitable<lease_verdicts> run_confirmed(lease_connection connection, script which,
                                              command_composer composer, std::size_t wanted) {
    const replication& replicated = connection.replicated;
    const bool confirms = replicated.wanted() && replicated.client().connected();
    redis::client& client = confirms ? replicated.client() : connection.scripts.client;
    if (confirms) connection.generation = client.generation();
    const script_surroundings around{client, connection.scripts.metrics, connection.scripts.time};
    const auto result = co_await run_script(around, which, connection.generation, std::move(composer));
    auto verdicts = read_verdicts(result, wanted, which, around.time.monotonic_now());
    verdicts.confirmed = !replicated.wanted();
    if (confirms && !verdicts.of.empty()) verdicts.confirmed = co_await wait_for_replicas(connection);
    co_return verdicts;
}

}  // namespace

asio::awaitable<lease_verdicts> acquire_leases(lease_connection connection, std::string holder,
                                               std::vector<lease_table::bid> bids) {
    command_composer composer = [&connection, &holder, &bids](const script_form& form) {
        call_partitions named;
        for (const auto& bid : bids)
            named.add(bid.partition, {});
        redis::command command = named.begin_command(form, *connection.keys);
        command.add(holder);
        for (const auto& bid : bids) {
            command.add(bid.token);
            command.add(bid.beat);
            command.add(bid.new_token);
        }
        return command;
    };
    co_return co_await run_confirmed(connection, script::acquire, std::move(composer), bids.size());
}

asio::awaitable<lease_verdicts> touch_leases(lease_connection connection, script which,
                                             std::vector<held_lease> leases) {
    command_composer composer = [&connection, &leases](const script_form& form) {
        call_partitions named;
        for (const held_lease& lease : leases)
            named.add(lease.partition, lease.token);
        redis::command command = named.begin_command(form, *connection.keys);
        named.add_tokens(command);
        return command;
    };
    co_return co_await run_confirmed(connection, which, std::move(composer), leases.size());
}

asio::awaitable<std::vector<observed_lease>> read_leases(lease_connection connection,
                                                         std::vector<std::uint32_t> partitions) {
    const auto all = std::make_shared<gathering>(connection.executor, partitions.size());
    for (std::size_t index = 0; index < partitions.size(); ++index) {
        const keys& names = *connection.keys;
        connection.scripts.client.call(
            redis::command("MGET", names.token(partitions[index]), names.beat(partitions[index])),
            connection.generation,
            [all, index](const redis::call_result& result) { all->note(index, result); });
    }
    while (all->missing > 0)
        co_await all->changed.wait();
    if (all->failed) all->results.clear();
    co_return std::move(all->results);
}

asio::awaitable<std::optional<std::string>> read_run_id(lease_connection connection) {
    redis::command command("INFO", "server");
    const auto result = co_await connection.scripts.client.call(std::move(command), connection.generation);
    if (!result || result->is_error()) co_return std::nullopt;
    constexpr std::string_view name = "run_id:";
    const std::string_view info = result->text();
    const auto at = info.find(name);
    if (at == std::string_view::npos) co_return std::nullopt;
    const auto value = info.substr(at + name.size());
    co_return std::string(value.substr(0, value.find_first_of("\r\n")));
}

}  // namespace postrider::queue
