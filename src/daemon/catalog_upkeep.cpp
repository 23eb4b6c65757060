#include "catalog_upkeep.h"

#include <postrider/log/log.h>
#include <postrider/runtime/shard.h>

#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {

constexpr std::size_t most_records = 64;
constexpr milliseconds rests_for{1000};
/// Another daemon may have sealed with another key, or this one may not have been allowed to.
constexpr milliseconds walks_every{30'000};
constexpr milliseconds trims_every{3'600'000};

}  // namespace

catalog_upkeep::catalog_upkeep(const asio::any_io_executor& executor, catalog::store& store, counted counted)
    : executor_(executor), store_(store), counted_(std::move(counted)), wake_(executor) {}

void catalog_upkeep::start() {
    runtime::spawn(executor_, "catalog upkeep", run(shared_from_this()));
}

void catalog_upkeep::stop() {
    stopping_ = true;
    wake_.notify_all();
}

void catalog_upkeep::record(catalog::change made) {
    if (records_.size() == most_records) {
        log::error("a change was not recorded: Redis was away for too long",
                   {{"action", records_.front().action}, {"actor", records_.front().actor}});
        records_.pop_front();
    }
    records_.push_back(std::move(made));
    wake_.notify_all();
}

void catalog_upkeep::review(bool has_outdated, bool may_seal) {
    const bool is_news = has_outdated && (!has_outdated_ || (may_seal && !may_seal_));
    has_outdated_ = has_outdated;
    may_seal_ = may_seal;
    if (!is_news) return;
    next_walk_ = {};
    wake_.notify_all();
}

asio::awaitable<void> catalog_upkeep::run(std::shared_ptr<catalog_upkeep> self) {
    while (!self->stopping_) {
        co_await write_records();
        const monotonic_time now = system_time().monotonic_now();
        if (!stopping_ && has_outdated_ && now >= next_walk_) co_await walk();
        if (!stopping_ && now >= next_trim_) co_await trim();
        if (!stopping_) co_await wake_.wait_for(rests_for);
    }
}

asio::awaitable<void> catalog_upkeep::write_records() {
    while (!records_.empty() && !stopping_) {
        auto next = std::move(records_.front());
        records_.pop_front();
        const auto written = co_await store_.record(next);
        if (written) continue;
        records_.push_front(std::move(next));
        co_return;
    }
}

asio::awaitable<void> catalog_upkeep::walk() {
    next_walk_ = system_time().monotonic_now() + walks_every;
    std::size_t sealed_anew = 0;
    for (bool has_more = true; has_more && !stopping_;) {
        const auto pass = co_await store_.seal_anew(may_seal_ ? catalog::store::sealed_a_call : 0);
        if (!pass) co_return;
        sealed_anew += pass->sealed_anew;
        has_more = pass->raced || pass->sealed_anew == catalog::store::sealed_a_call;
        counted_(pass->sealed_with);
    }
    if (sealed_anew > 0) log::info("stored secrets were sealed anew", {{"endpoints", sealed_anew}});
}

asio::awaitable<void> catalog_upkeep::trim() {
    const auto trimmed = co_await store_.trim_trail();
    if (trimmed) next_trim_ = system_time().monotonic_now() + trims_every;
}

}  // namespace postrider::daemon
