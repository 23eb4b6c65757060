#include "gauges.h"

#include "queue_name.h"

#include <postrider/log/log.h>
#include <postrider/runtime/shard.h>

#include <algorithm>
#include <utility>

namespace postrider::dispatch {
namespace asio = boost::asio;

namespace {
constexpr std::size_t busy_at_once = 256;
constexpr std::size_t quiet_at_once = 32;

}  // namespace

std::vector<std::string> gauges::choose(slots& slots, const subscription::snapshot_ptr& snapshot,
                                        const std::function<bool(std::uint32_t)>& owns,
                                        const queue::keys& keys) {
    std::vector<std::string> names;
    const auto& busy = slots.queues();
    std::size_t skipped = busy.size() > busy_at_once ? next_busy_ % busy.size() : 0;
    next_busy_ += busy_at_once;
    for (const auto& [name, queue] : busy) {
        if (names.size() == busy_at_once) break;
        if (skipped > 0) {
            --skipped;
        } else if (owns(queue->partition)) {
            names.push_back(name);
        }
    }
    if (!snapshot) return names;
    const auto& all = snapshot->endpoints();
    for (std::size_t looked = std::min(quiet_at_once, all.size()); looked > 0; --looked) {
        const std::string name = all[next_quiet_++ % all.size()]->queue_name();
        if (owns(keys.partition_of(name)) && slots.find(name) == nullptr) names.push_back(name);
    }
    return names;
}

void gauges::refresh(const asio::any_io_executor& executor, slots& slots,
                     const subscription::snapshot_ptr& snapshot,
                     const std::function<bool(std::uint32_t)>& owns, const queue::keys& keys,
                     metrics::registry& metrics) {
    if (std::exchange(snapshot_, snapshot) != snapshot)
        std::erase_if(shown_, [&](const std::string& name) { return !snapshot->find(name); });
    clear_lost(owns, keys, metrics);
    if (reading_) return;
    auto names = choose(slots, snapshot, owns, keys);
    if (names.empty()) return;
    reading_ = true;
    runtime::spawn(executor, "depth gauges", read(shared_from_this(), slots, std::move(names), metrics));
}

void gauges::show(endpoint_queue& queue, bool owned, metrics::registry& metrics, monotonic_time now) {
    if (!owned && std::exchange(queue.gauges_shown, false)) metrics.forget_gauges(endpoint_id_of(queue.name));
    if (!queue.gauges_shown) queue.shown.reset();
    if (!owned || !queue.endpoint || !queue.policies) return;
    queue.gauges_shown = true;
    using postrider::breaker::circuit_state;
    const auto circuit = queue.policies->circuit(now);
    const int state = circuit == circuit_state::closed ? 0 : circuit == circuit_state::half_open ? 1 : 2;
    const endpoint_queue::shown_gauges seen{queue.sends.size(), queue.held, state};
    if (queue.shown == seen) return;
    queue.shown = seen;
    queue.series->set_in_flight(seen.in_flight);
    queue.series->set_held(seen.held);
    queue.series->set_circuit_state(seen.circuit);
}

void gauges::note_closed(const std::string& queue_name) {
    if (snapshot_ && snapshot_->find(queue_name)) shown_.insert(queue_name);
}

/// Only the owner knows them, and tells them from now on.
void gauges::clear_lost(const std::function<bool(std::uint32_t)>& owns, const queue::keys& keys,
                        metrics::registry& metrics) {
    std::erase_if(shown_, [&](const std::string& name) {
        if (owns(keys.partition_of(name))) return false;
        metrics.forget_gauges(endpoint_id_of(name));
        return true;
    });
}

asio::awaitable<void> gauges::read(std::shared_ptr<gauges> self, slots& slots, std::vector<std::string> names,
                                   metrics::registry& metrics) {
    const auto depths = co_await store_.depths(std::move(names));
    for (const auto& depth : depths)
        show(depth, slots, metrics);
    self->reading_ = false;
}

/// Of an endpoint that is gone only what waits: it shows that something does.
void gauges::show(const queue::store::depth& depth, slots& slots, metrics::registry& metrics) {
    endpoint_queue* const open = slots.find(depth.queue_name);
    const bool known = snapshot_ && snapshot_->find(depth.queue_name);
    if (!known && depth.waiting == 0) {
        shown_.erase(depth.queue_name);
        return metrics.forget_gauges(endpoint_id_of(depth.queue_name));
    }
    if (open && open->series) {
        open->gauges_shown = true;
        show(depth, *open->series);
        watch_backlog(depth, *open);
    } else if (depth.waiting > 0 || depth.dead > 0 || shown_.contains(depth.queue_name)) {
        shown_.insert(depth.queue_name);
        show(depth, *metrics.for_endpoint(endpoint_id_of(depth.queue_name)));
    }
}

void gauges::show(const queue::store::depth& depth, metrics::endpoint_series& series) const {
    series.set_queue_depth(depth.waiting);
    series.set_dead_letters(depth.dead);
    const bool empty = depth.oldest == wall_time{};
    const std::chrono::duration<double> age = time_.wall_now() - depth.oldest;
    series.set_oldest_event_seconds(empty ? 0.0 : std::max(0.0, age.count()));
}

/// Told once, and again after it had shrunk to half of the threshold.
void gauges::watch_backlog(const queue::store::depth& depth, endpoint_queue& queue) {
    queue.oldest = depth.oldest;
    if (!queue.endpoint) return;
    const std::uint64_t threshold = queue.endpoint->limits.backlog_alert_events;
    if (threshold == 0 || depth.waiting < threshold) {
        if (depth.waiting <= threshold / 2) queue.backlog_announced = false;
        return;
    }
    if (std::exchange(queue.backlog_announced, true)) return;
    log::warning("backlog over its threshold", {{"endpoint", queue.endpoint->id},
                                                {"tenant", queue.endpoint->tenant},
                                                {"waiting", depth.waiting},
                                                {"threshold", threshold}});
    news_.backlog_grew(*queue.endpoint, depth.waiting);
}

}  // namespace postrider::dispatch
