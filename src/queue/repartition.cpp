#include "inspection_reckoning.h"
#include "moved_accounts.h"
#include "rehoming.h"
#include "store_description.h"

#include <postrider/queue/repartition.h>
#include <postrider/runtime/signal.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

using failure = unexpected<std::string>;
template <typename Value>
using outcome_of = asio::awaitable<expected<Value, std::string>>;

std::string running_daemon() {
    return "a daemon runs on this store: stop every daemon, and try again";
}

/// One change of the number of partitions, from its first look to the last call.
class repartitioner {
 public:
    repartitioner(redis::client& client, metrics::registry& metrics, const time_source& time,
                  repartition_plan plan)
        : plan_(std::move(plan)),
          client_(client),
          metrics_(metrics),
          time_(time),
          store_key_(keys(plan_.prefix, 1).store()) {}

    outcome_of<std::uint64_t> run();

 private:
    outcome_of<store_description> read_description();
    outcome_of<void> check_server();
    outcome_of<void> check_kinds();
    outcome_of<std::vector<std::string>> read_owners();
    outcome_of<std::vector<std::string>> wait_for_silence();
    outcome_of<void> announce(bool resumed);
    outcome_of<void> drop_owners();
    outcome_of<std::uint64_t> move_all();
    outcome_of<account> sum_accounts();
    outcome_of<std::vector<reckoning>> reckon_all();
    outcome_of<void> finish();
    outcome_of<redis::reply> call(redis::command command);
    [[nodiscard]] std::string pattern() const { return plan_.prefix + ":{*"; }
    [[nodiscard]] redis::command compose_finish(const script_form& form,
                                                const std::vector<account>& accounts) const;

    repartition_plan plan_;
    redis::client& client_;
    metrics::registry& metrics_;
    const time_source& time_;
    std::string store_key_;
    store_description before_;
    std::optional<placement> places_;
    inspection_ptr context_;
};

outcome_of<redis::reply> repartitioner::call(redis::command command) {
    auto answer = co_await client_.call(std::move(command));
    if (!answer) co_return failure("Redis does not answer: run this again to go on");
    if (answer->is_error()) co_return failure("Redis answered: " + std::string(answer->text()));
    co_return std::move(*answer);
}

/// Moves are between slots.
outcome_of<void> repartitioner::check_server() {
    redis::command ask("INFO", "cluster");
    const auto info = co_await call(std::move(ask));
    if (!info) co_return failure(info.error());
    if (info->text().find("cluster_enabled:1") != std::string_view::npos)
        co_return failure("the partitions of a store on a Redis Cluster cannot be changed in place");
    co_return expected<void, std::string>();
}

outcome_of<store_description> repartitioner::read_description() {
    redis::command ask("GET", store_key_);
    const auto text = co_await call(std::move(ask));
    if (!text) co_return failure(text.error());
    if (text->is_nil()) co_return failure("there is no store: Redis has no key " + store_key_);
    const auto found = parse_store_description(text->text());
    if (!found) co_return failure("the key " + store_key_ + " is not of a store of this version");
    if (found->moving_to != 0 && found->moving_to != plan_.partitions)
        co_return failure("the store is on its way to " + std::to_string(found->moving_to) +
                          " partitions: finish that first, with --partitions " +
                          std::to_string(found->moving_to));
    co_return *found;
}

/// What is left behind is lost: a key of a newer version must not be.
outcome_of<void> repartitioner::check_kinds() {
    rehoming walker(context_, *places_, pattern(), nullptr);
    const auto unknown = co_await walker.find_unknown();
    if (!unknown) co_return failure(unknown.error().text);
    if (!unknown->empty())
        co_return failure("the key " + *unknown +
                          " is of no kind that this version knows: use the version that stored it");
    co_return expected<void, std::string>();
}

/// Token and beat of each base.
outcome_of<std::vector<std::string>> repartitioner::read_owners() {
    std::vector<plain_call> calls;
    for (const std::string& base : places_->bases()) {
        const lease_keys lease = lease_under(base);
        calls.push_back(on_the_server(redis::command("MGET", lease.token, lease.beat)));
    }
    const auto replies = co_await ask_plainly(context_, std::move(calls));
    if (!replies) co_return failure(replies.error().text);
    std::vector<std::string> owners;
    for (const redis::reply& reply : *replies)
        owners.push_back(std::string(reply[0].text()).append(" ").append(reply[1].text()));
    co_return owners;
}

/// The owners, none of whom is alive.
outcome_of<std::vector<std::string>> repartitioner::wait_for_silence() {
    auto before = co_await read_owners();
    if (!before) co_return failure(before.error());
    const bool any =
        std::any_of(before->begin(), before->end(), [](const std::string& owner) { return owner != " "; });
    if (!any || plan_.lease.count() == 0) co_return std::move(*before);
    co_await runtime::sleep_for(plan_.lease);
    auto after = co_await read_owners();
    if (!after) co_return failure(after.error());
    if (*before != *after) co_return failure(running_daemon());
    co_return std::move(*after);
}

/// From here on no daemon starts on the store. One that came in between is seen by its leases.
outcome_of<void> repartitioner::announce(bool resumed) {
    const auto owners = co_await wait_for_silence();
    if (!owners) co_return failure(owners.error());
    if (resumed) co_return expected<void, std::string>();
    store_description moving = before_;
    moving.moving_to = plan_.partitions;
    redis::command mark("SET", store_key_, to_text(moving));
    const auto marked = co_await call(std::move(mark));
    if (!marked) co_return failure(marked.error());
    const auto now = co_await read_owners();
    if (!now) co_return failure(now.error());
    if (*now == *owners) co_return expected<void, std::string>();
    redis::command restore("SET", store_key_, to_text(before_));
    (void)co_await call(std::move(restore));
    co_return failure(running_daemon());
}

outcome_of<void> repartitioner::drop_owners() {
    std::vector<plain_call> calls;
    for (const std::string& base : places_->bases()) {
        const lease_keys lease = lease_under(base);
        calls.push_back(on_the_server(redis::command("DEL", lease.token, lease.beat, lease.holder)));
    }
    const auto dropped = co_await ask_plainly(context_, std::move(calls));
    if (!dropped) co_return failure(dropped.error().text);
    co_return expected<void, std::string>();
}

/// Until a walk finds everything in its place.
outcome_of<std::uint64_t> repartitioner::move_all() {
    rehoming walker(context_, *places_, pattern(), plan_.progress);
    std::uint64_t moved = 0;
    for (;;) {
        const auto walked = co_await walker.walk();
        if (!walked) co_return failure(walked.error().text);
        if (*walked == 0) co_return moved;
        moved += *walked;
    }
}

outcome_of<account> repartitioner::sum_accounts() {
    std::vector<plain_call> calls;
    for (const std::string& base : places_->bases())
        calls.push_back(on_the_server(redis::command("HGETALL", counts_under(base))));
    const auto replies = co_await ask_plainly(context_, std::move(calls));
    if (!replies) co_return failure(replies.error().text);
    account sums;
    for (const redis::reply& counters : *replies)
        for (std::size_t at = 0; at + 1 < counters.size(); at += 2)
            sums[std::string(counters[at].text())] += counters[at + 1].integer().value_or(0);
    co_return sums;
}

outcome_of<std::vector<reckoning>> repartitioner::reckon_all() {
    std::vector<reckoning> all;
    for (std::uint32_t partition = 0; partition < plan_.partitions; ++partition) {
        const auto found = co_await reckon_partition(context_, partition);
        if (!found) co_return failure(found.error().text);
        if (!found->settled) co_return failure(running_daemon());
        all.push_back(*found);
    }
    co_return all;
}

redis::command repartitioner::compose_finish(const script_form& form,
                                             const std::vector<account>& accounts) const {
    store_description moving = before_;
    moving.moving_to = plan_.partitions;
    store_description after;
    after.partitions = plan_.partitions;
    redis::command command(form.verb, form.script, static_cast<std::uint64_t>(1 + places_->bases().size()),
                           store_key_);
    for (const std::string& base : places_->bases())
        command.add(base);
    command.add(to_text(moving));
    command.add(to_text(after));
    for (const account& counters : accounts) {
        command.add(static_cast<std::uint64_t>(counters.size()));
        for (const auto& [name, value] : counters) {
            command.add(name);
            command.add(value);
        }
    }
    return command;
}

outcome_of<void> repartitioner::finish() {
    auto sums = co_await sum_accounts();
    if (!sums) co_return failure(sums.error());
    const auto found = co_await reckon_all();
    if (!found) co_return failure(found.error());
    const auto accounts = share_accounts(std::move(*sums), *found);
    command_composer compose = [this, &accounts](const script_form& form) {
        return compose_finish(form, accounts);
    };
    const auto done = co_await run_script(context_->scripts(0), script::finish_move, client_.generation(),
                                          std::move(compose));
    if (!done) co_return failure("Redis does not answer: run this again to go on");
    if (done->text() != "A") co_return failure("Redis answered: " + std::string(done->text()));
    co_return expected<void, std::string>();
}

outcome_of<std::uint64_t> repartitioner::run() {
    const auto fit = co_await check_server();
    if (!fit) co_return failure(fit.error());
    const auto before = co_await read_description();
    if (!before) co_return failure(before.error());
    const bool resumed = before->moving_to != 0;
    if (!resumed && before->partitions == plan_.partitions) co_return 0;
    before_.partitions = before->partitions;
    places_.emplace(plan_.prefix, before_.partitions, plan_.partitions);
    const auto only = [this](std::uint32_t) -> redis::client& { return client_; };
    context_ = std::make_shared<inspection_context>(only, places_->names(), metrics_, time_);
    const auto known = co_await check_kinds();
    if (!known) co_return failure(known.error());
    const auto announced = co_await announce(resumed);
    if (!announced) co_return failure(announced.error());
    const auto dropped = co_await drop_owners();
    if (!dropped) co_return failure(dropped.error());
    const auto moved = co_await move_all();
    if (!moved) co_return failure(moved.error());
    const auto finished = co_await finish();
    if (!finished) co_return failure(finished.error());
    co_return *moved;
}

}  // namespace

outcome_of<std::uint64_t> repartition(redis::client& client, metrics::registry& metrics,
                                      const time_source& time, repartition_plan plan) {
    repartitioner work(client, metrics, time, std::move(plan));
    co_return co_await work.run();
}

}  // namespace postrider::queue
