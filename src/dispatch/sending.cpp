#include "dispatcher_impl.h"

#include <postrider/event/trace.h>
#include <postrider/retry/decision.h>
#include <postrider/runtime/shard.h>

#include <utility>

namespace postrider::dispatch {

/// Asked again when a claim comes back: much may have happened since it was made.
bool dispatcher::impl::may_begin(const endpoint_queue& queue) const {
    if (stopping || queue.held || !queue.endpoint || !queue.policies) return false;
    if (around.leases.token(queue.partition).empty()) return false;
    return !queue.policies->is_timed() || queue.policies->may_begin(around.time.monotonic_now());
}

void dispatcher::impl::use_slot(endpoint_queue& queue, queue::delivery delivery) {
    if (!may_begin(queue)) {
        slots.give_back(queue, 1);
        report_orphaned(queue);
        return around.store.hand_back(delivery);
    }
    const endpoint_ptr endpoint = queue.endpoint;
    const retry::attempt_context context{delivery.attempt, delivery.since, around.time.wall_now(),
                                         delivery.after_interruption};
    if (const auto reason = retry::check_before_attempt(context, endpoint->retry)) {
        slots.give_back(queue, 1);
        settling.bury_unsent(delivery, *endpoint, *queue.series, *reason);
        return news.event_died(*endpoint, *delivery.event, to_string(*reason), delivery.attempt - 1, 0, {});
    }
    if (delivery.attempt == 1) {
        const std::chrono::duration<double> waited = context.now - delivery.event->accepted_at;
        around.metrics.observe_time_to_first_attempt(waited.count());
    }
    ++sending;
    const monotonic_time now = around.time.monotonic_now();
    const begun begun{slots.begin_send(queue, delivery.event->body.size(), now), queue.policies->begin(now),
                      now};
    runtime::spawn(around.executor, "send", send(shared_from_this(), std::move(delivery), endpoint, begun));
}

/// A send ended. What begins now may end at once as well, and leaves the rest to the first caller.
void dispatcher::impl::begin_ahead(endpoint_queue& queue) {
    if (queue.ahead.empty() || queue.beginning_ahead) return;
    if (!may_wait_ahead(queue)) return hand_back_ahead(queue);
    queue.beginning_ahead = true;
    while (!queue.ahead.empty() && !slots::is_full(queue))
        use_slot(queue, slots.take_ahead(queue));
    queue.beginning_ahead = false;
}

/// What waits here was claimed under policies that did not look at the time, and others may be waiting for
/// its slots.
bool dispatcher::impl::may_wait_ahead(const endpoint_queue& queue) const {
    return may_begin(queue) && !queue.slow && !queue.policies->is_timed();
}

void dispatcher::impl::hand_back_ahead(endpoint_queue& queue) {
    while (!queue.ahead.empty()) {
        const queue::delivery waiting = slots.take_ahead(queue);
        slots.give_back(queue, 1);
        around.store.hand_back(waiting);
    }
}

asio::awaitable<void> dispatcher::impl::send(std::shared_ptr<impl> self, queue::delivery delivery,
                                             endpoint_ptr endpoint, begun begun) {
    endpoint_queue* queue = slots.find(delivery.queue_name);
    const std::uint64_t span_id = delivery.event->traceparent.empty() ? 0 : new_span_id(around.random);
    const attempt_result result =
        co_await around.sender.attempt(endpoint, delivery.event, delivery.attempt, span_id);
    if (cutting && result.error == transport_error::local) {
        around.store.hand_back(delivery);
        following.draw_none(*queue, begun.ticket, begun.at);
    } else {
        const outcome decided = settling.settle(delivery, *endpoint, *queue->series, result);
        following.draw(
            *queue, {*endpoint, *delivery.event, delivery.attempt, result, decided, begun.ticket, begun.at});
    }
    const std::size_t bytes = delivery.event->body.size();
    const bool work = slots.end_send(*queue, begun.mark, bytes, around.time.monotonic_now());
    begin_ahead(*queue);
    claim_and_arm(work);
    if (--sending == 0) self->sends_ended.notify_all();
}

}  // namespace postrider::dispatch
