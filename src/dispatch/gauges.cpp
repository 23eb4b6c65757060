#include "gauges.h"

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
    for (const auto& [name, queue] : slots.queues()) {
        if (names.size() == busy_at_once) break;
        names.push_back(name);
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
    if (reading_) return;
    auto names = choose(slots, snapshot, owns, keys);
    if (names.empty()) return;
    reading_ = true;
    runtime::spawn(executor, "depth gauges", read(shared_from_this(), slots, std::move(names), metrics));
}

asio::awaitable<void> gauges::read(std::shared_ptr<gauges> self, slots& slots, std::vector<std::string> names,
                                   metrics::registry& metrics) {
    const auto depths = co_await store_.depths(std::move(names));
    for (const auto& depth : depths) {
        if (const endpoint_queue* queue = slots.find(depth.queue_name); queue && queue->series) {
            show(depth, *queue->series);
        } else if (depth.waiting > 0 || depth.dead > 0) {
            const auto series = metrics.for_endpoint(depth.queue_name.substr(depth.queue_name.find('.') + 1));
            show(depth, *series);
        }
    }
    self->reading_ = false;
}

void gauges::show(const queue::store::depth& depth, metrics::endpoint_series& series) const {
    series.set_queue_depth(depth.waiting);
    series.set_dead_letters(depth.dead);
    const bool empty = depth.oldest == wall_time{};
    const std::chrono::duration<double> age = time_.wall_now() - depth.oldest;
    series.set_oldest_event_seconds(empty ? 0.0 : std::max(0.0, age.count()));
}

}  // namespace postrider::dispatch
