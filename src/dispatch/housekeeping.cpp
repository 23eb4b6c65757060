#include "housekeeping.h"

#include "death_report.h"

#include <postrider/runtime/shard.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace postrider::dispatch {
namespace asio = boost::asio;

namespace {

constexpr std::size_t overdue_at_once = 8;
/// Steps of 256 for one queue in a round: a million events are gone in a few minutes, and nobody waits for
/// it.
constexpr int steps_at_once = 32;

/// Until when what was accepted has waited too long.
wall_time limit_of(const endpoint* endpoint, bool held, wall_time now) {
    static const endpoint_limits defaults;
    if (endpoint == nullptr) return now - defaults.held_event_retention;
    wall_time limit = wall_time::min();
    if (held) limit = now - endpoint->limits.held_event_retention;
    if (endpoint->retry.max_age) limit = std::max(limit, now - *endpoint->retry.max_age);
    return limit;
}

}  // namespace

std::vector<housekeeping::overdue> housekeeping::find_overdue(slots& slots) {
    std::vector<overdue> late;
    const wall_time now = around_.time.wall_now();
    const auto& queues = slots.queues();
    if (queues.empty()) return late;
    next_queue_ %= queues.size();
    auto at = std::next(queues.begin(), static_cast<std::ptrdiff_t>(next_queue_));
    for (std::size_t looked = 0; looked < queues.size() && late.size() < overdue_at_once; ++looked) {
        if (auto found = look_at(slots, *at->second, now)) late.push_back(std::move(*found));
        ++next_queue_;
        if (++at == queues.end()) at = queues.begin();
    }
    return late;
}

std::optional<housekeeping::overdue> housekeeping::look_at(const slots& slots, const endpoint_queue& queue,
                                                           wall_time now) const {
    if (!queue.has_work || queue.oldest == wall_time{} || !slots.is_held_back(queue)) return std::nullopt;
    const endpoint* endpoint = queue.endpoint.get();
    const bool held = queue.held || (endpoint != nullptr && !endpoint->enabled);
    const wall_time limit = limit_of(endpoint, held, now);
    if (queue.oldest >= limit) return std::nullopt;
    overdue found;
    found.ending.queue_name = queue.name;
    found.ending.accepted_before = limit;
    found.ending.reason = endpoint != nullptr ? dead_reason::expired : dead_reason::endpoint_deleted;
    found.ending.error = endpoint != nullptr ? "waited too long for an endpoint that may not be sent to"
                                             : "its endpoint is not configured any more";
    if (endpoint != nullptr) found.ending.max_dead_letters = endpoint->limits.max_dead_letters;
    found.endpoint = queue.endpoint;
    return found;
}

void housekeeping::run(slots& slots, const subscription::snapshot_ptr& snapshot) {
    if (running_ || !snapshot) return;
    running_ = true;
    runtime::spawn(around_.executor, "housekeeping",
                   round(shared_from_this(), find_overdue(slots), snapshot));
}

std::uint32_t housekeeping::next_partition() {
    if (more_to_sweep_) return partition_;
    for (std::uint32_t looked = 0; looked < around_.keys.partitions(); ++looked) {
        partition_ = (partition_ + 1) % around_.keys.partitions();
        if (around_.owns(partition_)) break;
    }
    return partition_;
}

asio::awaitable<void> housekeeping::round(std::shared_ptr<housekeeping> self, std::vector<overdue> late,
                                          subscription::snapshot_ptr snapshot) {
    for (const overdue& one : late)
        co_await end_overdue(one);
    const std::uint32_t partition = next_partition();
    const queue::inspection::retention_of terms = [snapshot](std::string_view queue_name) {
        static const endpoint unknown;
        const endpoint_ptr known = snapshot->find(queue_name);
        const endpoint& of = known ? *known : unknown;
        queue::inspection::retention kept;
        kept.dead_letters = of.limits.dead_letter_retention;
        kept.history = of.records.retention;
        return kept;
    };
    if (around_.owns(partition)) {
        const auto swept = co_await around_.inspection.sweep(partition, terms);
        more_to_sweep_ = swept && *swept;
    }
    self->running_ = false;
}

asio::awaitable<void> housekeeping::end_overdue(overdue late) {
    for (int step = 0; step < steps_at_once; ++step) {
        const auto ended = co_await around_.inspection.end_waiting(late.ending);
        if (!ended) co_return;
        report_deaths(around_.metrics, around_.news, late.endpoint, late.ending, ended->deaths);
        if (!late.endpoint && !ended->deaths.empty()) around_.gone.note_count(late.ending.queue_name);
        if (!ended->more) co_return;
    }
}

}  // namespace postrider::dispatch
