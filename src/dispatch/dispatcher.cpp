#include "gauges.h"
#include "settlement.h"

#include <postrider/dispatch/dispatcher.h>
#include <postrider/log/log.h>
#include <postrider/retry/decision.h>
#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <utility>

namespace postrider::dispatch {
namespace asio = boost::asio;

namespace {
constexpr milliseconds upkeep_interval{250};
constexpr int upkeeps_per_sweep = 20;
constexpr std::chrono::seconds idle_queue_kept{60};
constexpr milliseconds cut_takes_at_most{2000};

std::string endpoint_id_of(const std::string& queue_name) {
    return queue_name.substr(queue_name.find('.') + 1);
}
}  // namespace

struct dispatcher::impl : std::enable_shared_from_this<dispatcher::impl> {
    impl(surroundings surroundings, neighbours neighbours, slot_limits limits)
        : around(std::move(surroundings)),
          others(std::move(neighbours)),
          slots(limits),
          settling(around.store, around.metrics, around.random, around.time),
          depths(std::make_shared<gauges>(around.store, around.time)),
          sends_ended(around.executor),
          stop_requested(around.executor) {}

    endpoint_queue& queue_of(const std::string& name, std::uint32_t partition);
    void report_orphaned(endpoint_queue& queue) const;
    asio::awaitable<void> send(std::shared_ptr<impl> self, queue::delivery delivery, endpoint_ptr endpoint);
    void finish(const queue::delivery& delivery, const endpoint& endpoint, endpoint_queue& queue,
                const attempt_result& result);
    void use_slot(endpoint_queue& queue, queue::delivery delivery);
    asio::awaitable<void> keep_up(std::shared_ptr<impl> self);
    void keep_up_once(int round);
    asio::awaitable<bool> wait_until_quiet(milliseconds longest);

    surroundings around;
    neighbours others;
    dispatch::slots slots;
    settlement settling;
    std::shared_ptr<gauges> depths;
    subscription::snapshot_ptr snapshot;
    runtime::signal sends_ended;
    runtime::signal stop_requested;
    std::size_t sending = 0;
    bool upkeep_runs = false;
    bool stopping = false;
    bool cutting = false;
    bool hurried = false;
};

endpoint_queue& dispatcher::impl::queue_of(const std::string& name, std::uint32_t partition) {
    endpoint_queue& queue = slots.open(name, partition);
    if (!queue.series) {
        queue.series = around.metrics.for_endpoint(endpoint_id_of(name));
        if (snapshot) queue.endpoint = snapshot->find(name);
        queue.last_used = around.time.monotonic_now();
    }
    return queue;
}

void dispatcher::impl::report_orphaned(endpoint_queue& queue) const {
    if (queue.endpoint || queue.reported_orphaned) return;
    queue.reported_orphaned = true;
    log::warning("events held for an endpoint that is not configured",
                 {{"endpoint", endpoint_id_of(queue.name)}, {"queue", queue.name}});
}

void dispatcher::impl::use_slot(endpoint_queue& queue, queue::delivery delivery) {
    const endpoint_ptr endpoint = queue.endpoint;
    if (stopping || !endpoint) {
        slots.give_back(queue, 1);
        report_orphaned(queue);
        return around.store.hand_back(delivery);
    }
    const retry::attempt_context context{delivery.attempt, delivery.event->accepted_at,
                                         around.time.wall_now()};
    if (const auto reason = retry::check_before_attempt(context, endpoint->retry)) {
        slots.give_back(queue, 1);
        return settling.bury_unsent(delivery, *endpoint, *queue.series, *reason);
    }
    if (delivery.attempt == 1) {
        const std::chrono::duration<double> waited = context.now - delivery.event->accepted_at;
        around.metrics.observe_time_to_first_attempt(waited.count());
    }
    ++sending;
    runtime::spawn(around.executor, "send", send(shared_from_this(), std::move(delivery), endpoint));
}

asio::awaitable<void> dispatcher::impl::send(std::shared_ptr<impl> self, queue::delivery delivery,
                                             endpoint_ptr endpoint) {
    endpoint_queue* queue = slots.find(delivery.queue_name);
    const std::size_t bytes = delivery.event->body.size();
    const auto mark = slots.begin_send(*queue, bytes, around.time.monotonic_now());
    const attempt_result result = co_await around.sender.attempt(endpoint, delivery.event, delivery.attempt);
    finish(delivery, *endpoint, *queue, result);
    if (slots.end_send(*queue, mark, bytes, around.time.monotonic_now())) around.store.want_claims();
    if (--sending == 0) self->sends_ended.notify_all();
}

void dispatcher::impl::finish(const queue::delivery& delivery, const endpoint& endpoint,
                              endpoint_queue& queue, const attempt_result& result) {
    if (cutting && result.error == transport_error::local) return around.store.hand_back(delivery);
    settling.settle(delivery, endpoint, *queue.series, result);
}

asio::awaitable<void> dispatcher::impl::keep_up(std::shared_ptr<impl> self) {
    for (int round = 0; !stopping; ++round) {
        co_await stop_requested.wait_for(upkeep_interval);
        if (!stopping) keep_up_once(round);
    }
    self->upkeep_runs = false;
    sends_ended.notify_all();
}

void dispatcher::impl::keep_up_once(int round) {
    const monotonic_time now = around.time.monotonic_now();
    if (slots.refresh(now)) around.store.want_claims();
    for (auto& [name, queue] : slots.queues()) {
        queue->series->set_in_flight(queue->sends.size());
    }
    if (round % 4 == 0)
        depths->refresh(around.executor, slots, snapshot, others.owns, around.keys, around.metrics);
    if (round % upkeeps_per_sweep != 0) return;
    around.sender.sweep();
    slots.drop_idle(now - idle_queue_kept);
}

asio::awaitable<bool> dispatcher::impl::wait_until_quiet(milliseconds longest) {
    const monotonic_time end = around.time.monotonic_now() + longest;
    while (sending > 0 || upkeep_runs) {
        const auto left = std::chrono::duration_cast<milliseconds>(end - around.time.monotonic_now());
        if (left.count() <= 0 || (hurried && !cutting)) co_return false;
        co_await sends_ended.wait_for(left);
    }
    co_return true;
}

dispatcher::dispatcher(surroundings around, neighbours others, slot_limits limits)
    : impl_(std::make_shared<impl>(std::move(around), std::move(others), limits)) {}
dispatcher::~dispatcher() = default;

void dispatcher::set_snapshot(subscription::snapshot_ptr snapshot) {
    impl_->snapshot = std::move(snapshot);
    bool work = false;
    for (auto& [name, queue] : impl_->slots.queues()) {
        queue->endpoint = impl_->snapshot->find(name);
        queue->reported_orphaned = false;
        if (queue->has_work) work |= impl_->slots.note_work(*queue);
    }
    if (work) impl_->around.store.want_claims();
}

void dispatcher::start() {
    impl_->slots.reopen();
    impl_->upkeep_runs = true;
    runtime::spawn(impl_->around.executor, "dispatch upkeep", impl_->keep_up(impl_));
    impl_->around.store.want_claims();
}

asio::awaitable<void> dispatcher::stop(milliseconds grace) {
    const auto self = impl_;
    self->slots.close();
    self->stopping = true;
    self->stop_requested.notify_all();
    if (co_await self->wait_until_quiet(grace)) co_return;
    self->cutting = true;
    self->around.sender.cut();
    co_await self->wait_until_quiet(cut_takes_at_most);
}

void dispatcher::hurry() {
    impl_->hurried = true;
    impl_->sends_ended.notify_all();
}

bool dispatcher::reserve(std::uint32_t partition, const endpoint_ptr& endpoint) {
    if (!impl_->others.owns(partition)) return false;
    return impl_->slots.reserve(impl_->queue_of(endpoint->queue_name(), partition));
}

void dispatcher::on_not_claimed(const std::string& queue_name) {
    if (endpoint_queue* queue = impl_->slots.find(queue_name)) impl_->slots.give_back(*queue, 1);
}

void dispatcher::on_claimed(queue::delivery delivery) {
    endpoint_queue& queue = impl_->queue_of(delivery.queue_name, delivery.partition);
    impl_->use_slot(queue, std::move(delivery));
}

void dispatcher::collect_claims(std::vector<claim>& claims, std::size_t most) {
    impl_->slots.collect(claims, most, [this](const endpoint_queue& queue) {
        return !impl_->around.leases.token(queue.partition).empty();
    });
}

void dispatcher::on_claim_ended(const claim& ended, std::uint32_t granted, bool more) {
    endpoint_queue* queue = impl_->slots.find(ended.queue_name);
    if (queue && impl_->slots.end_claim(*queue, ended.count, granted, more))
        impl_->around.store.want_claims();
}

void dispatcher::on_ready(std::uint32_t partition, const std::string& queue_name) {
    if (!impl_->others.owns(partition)) return impl_->others.wake(partition, queue_name);
    endpoint_queue& queue = impl_->queue_of(queue_name, partition);
    impl_->report_orphaned(queue);
    if (impl_->slots.note_work(queue)) impl_->around.store.want_claims();
}

void dispatcher::on_backlog_full(std::uint32_t /*partition*/, const endpoint_ptr& /*endpoint*/,
                                 const event_ptr& /*event*/) {}

void dispatcher::on_health(std::uint32_t /*partition*/,
                           const std::vector<std::pair<std::string, std::string>>& /*saved*/) {}

void dispatcher::on_lost(std::uint32_t partition) {
    for (auto& [name, queue] : impl_->slots.queues()) {
        if (queue->partition == partition) impl_->slots.forget_work(*queue);
    }
}

}  // namespace postrider::dispatch
