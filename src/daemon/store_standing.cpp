#include "daemon.h"

#include <postrider/base/rfc3339.h>
#include <postrider/log/log.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace postrider::daemon {
namespace asio = boost::asio;

namespace {

/// How long an alarm of the store is shown.
constexpr std::chrono::hours alarm_lasts{1};
/// A fault that stays is told again.
constexpr std::chrono::seconds fault_repeated_every{10};

const char* to_text(queue::store_mark::finding found) {
    return found == queue::store_mark::finding::wiped
               ? "the store is not the one that it was: it was emptied or replaced; what lay in it is lost"
               : "the store went back in time: the last of what was written is lost";
}

}  // namespace

std::shared_ptr<store_watch> daemon::make_store_watch() {
    shard_stack& first = *shards_.front();
    return std::make_shared<store_watch>(
        store_watch::surroundings{*first.links, keys_, first.random, metrics_}, live_->settings.redis,
        [this](store_verdict verdict) {
            asio::post(io_, [this, verdict = std::move(verdict)] { on_store(verdict); });
        });
}

std::shared_ptr<load_watch> daemon::make_load_watch() {
    shard_stack& first = *shards_.front();
    return std::make_shared<load_watch>(
        first.redis, first.inspection, [&first] { return first.queues_of_limited_tenants(); },
        [this](store_load load) { asio::post(io_, [this, load = std::move(load)] { on_load(load); }); });
}

void daemon::on_store(const store_verdict& verdict) {
    using standing = store_verdict::standing;
    if (stopping_) return;
    if (verdict.what != standing::absent) {
        note_mark(verdict.mark);
        settings_warnings_ = verdict.warnings;
        backpressure_.note_memory(verdict.used_memory, verdict.max_memory);
        show_pressure();
        show_warnings();
    }
    if (std::exchange(store_fault_, verdict.fault) != verdict.fault) show_fault();
    const bool settings_refuse = verdict.what == standing::unfit && !verdict.passing && !begun_;
    const bool refuse = verdict.what == standing::foreign || settings_refuse;
    report_store(verdict, refuse);
    if (verdict.what == standing::good) return begin_when_whole();
    if (!refuse) return;
    exit_code_ = 1;
    stop();
}

void daemon::report_store(const store_verdict& verdict, bool refuse) {
    const monotonic_time now = system_time().monotonic_now();
    if (verdict.fault.empty()) {
        if (!std::exchange(reported_fault_, {}).empty())
            log::info("the store can be used again", {{"redis", source_.display()}});
        return;
    }
    if (verdict.fault == reported_fault_ && now - reported_at_ < fault_repeated_every) return;
    reported_fault_ = verdict.fault;
    reported_at_ = now;
    log::write(refuse ? log::level::error : log::level::warning, "the store cannot be used",
               {{"redis", source_.display()}, {"error", verdict.fault}});
}

/// Late copies of commands, and tokens that the store forgot, must fit nothing in what it is now.
void daemon::note_mark(queue::store_mark::finding found) {
    using finding = queue::store_mark::finding;
    if (found != finding::wiped && found != finding::rewound) return;
    alarm_ = std::string(to_text(found)) + " (" + to_rfc3339(system_time().wall_now()) + ')';
    alarm_ends_ = system_time().monotonic_now() + alarm_lasts;
    log::error("the store lost events", {{"redis", source_.display()}, {"error", to_text(found)}});
    metrics_.count_stored_fault(found == finding::wiped ? "store_wiped" : "store_rewound");
    for (auto& stack : shards_)
        stack->shard.post([at = stack.get()] { at->ownership.distrust(); });
}

void daemon::on_load(const store_load& load) {
    if (stopping_) return;
    backpressure_.note_load(load, system_time().monotonic_now());
    show_pressure();
    show_warnings();
    const milliseconds window = backpressure_.dedup_window();
    if (std::exchange(dedup_window_, window) == window) return;
    for (auto& stack : shards_)
        stack->shard.post([at = stack.get(), window] { at->store.set_dedup_window(window); });
}

void daemon::show_pressure() {
    auto now = backpressure_.pressure();
    if (now == pressure_ || (now && pressure_ && *now == *pressure_)) return;
    pressure_ = now;
    for (auto& stack : shards_)
        stack->shard.post([at = stack.get(), now] { at->intake.set_pressure(now); });
}

void daemon::show_warnings() {
    if (system_time().monotonic_now() >= alarm_ends_) alarm_.clear();
    std::vector<std::string> now = settings_warnings_;
    for (auto& more : backpressure_.warnings())
        now.push_back(std::move(more));
    if (!alarm_.empty()) now.push_back(alarm_);
    if (now == warnings_) return;
    for (const auto& one : now) {
        if (one != alarm_ && std::find(warnings_.begin(), warnings_.end(), one) == warnings_.end())
            log::warning("the store is not as it should be", {{"warning", one}});
    }
    warnings_ = now;
    for (auto& stack : shards_)
        stack->shard.post([at = stack.get(), now] { at->operations.set_warnings(now); });
}

void daemon::show_fault() {
    const std::string& fault = store_fault_.empty() ? catalog_fault_ : store_fault_;
    manager_.status(condition());
    for (auto& stack : shards_) {
        stack->shard.post([at = stack.get(), fault, begun = begun_] {
            at->operations.set_fault(fault);
            if (begun) at->open_intake(fault.empty());
        });
    }
}

std::string daemon::condition() const {
    if (!store_fault_.empty()) return store_fault_;
    return catalog_fault_.empty() ? "accepts and delivers events" : catalog_fault_;
}

}  // namespace postrider::daemon
