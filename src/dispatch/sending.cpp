#include "dispatcher_impl.h"

#include <postrider/event/trace.h>
#include <postrider/retry/decision.h>
#include <postrider/runtime/shard.h>

#include <utility>

namespace postrider::dispatch {

/// A delivery on its way. Its queue stays for as long as it has something in flight.
struct dispatcher::impl::send final : delivery::attempt_end {
    send(std::shared_ptr<impl> by, endpoint_queue& from, queue::delivery what, endpoint_ptr to,
         breaker::breaker::ticket let_pass, monotonic_time now)
        : self(std::move(by)),
          queue(from),
          delivery(std::move(what)),
          endpoint(std::move(to)),
          ticket(let_pass),
          at(now),
          losses(from.losses) {}
    /// Where the partition was lost, whoever took it over made another attempt of it, though it may be ours
    /// again.
    bool may_go_out() override {
        withdrawn = queue.losses != losses || !self->is_leased(queue.partition);
        return !withdrawn;
    }
    void on_ended(attempt_result& result) override { self->end_send(*this, result); }

    std::shared_ptr<impl> self;
    endpoint_queue& queue;
    queue::delivery delivery;
    endpoint_ptr endpoint;
    breaker::breaker::ticket ticket;
    monotonic_time at;
    slots::send_mark mark;
    std::uint32_t losses;    ///< of the queue, as it began
    bool withdrawn = false;  ///< it did not go out
};

/// A process may sleep at any line, and another owner begin meanwhile: this is asked when a send begins, and
/// again right before its bytes go out.
bool dispatcher::impl::is_leased(std::uint32_t partition) const {
    return !around.leases.token(partition).empty();
}

/// Asked again when a claim comes back: much may have happened since it was made.
bool dispatcher::impl::may_begin(const endpoint_queue& queue) const {
    if (stopping || queue.held || !queue.endpoint || !queue.policies) return false;
    if (!is_leased(queue.partition)) return false;
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
    const monotonic_time now = around.time.monotonic_now();
    const auto begun = std::make_shared<send>(shared_from_this(), queue, std::move(delivery), endpoint,
                                              queue.policies->begin(now), now);
    const event_ptr& event = begun->delivery.event;
    begun->mark = slots.begin_send(queue, event->body.size(), now);
    const std::uint64_t span_id = event->traceparent.empty() ? 0 : new_span_id(around.random);
    ++sending;
    around.sender.begin(endpoint, event, begun->delivery.attempt, span_id, begun);
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

void dispatcher::impl::end_send(const send& ended, const attempt_result& result) {
    const queue::delivery& delivery = ended.delivery;
    const endpoint& to = *ended.endpoint;
    const event& event = *delivery.event;
    endpoint_queue& queue = ended.queue;
    const monotonic_time now = around.time.monotonic_now();
    if (ended.withdrawn || (cutting && result.error == transport_error::local)) {
        around.store.hand_back(delivery);
        following.draw_none(queue, ended.ticket, ended.at);
    } else {
        const wall_time wall_now = around.time.wall_now();
        const outcome decided = settling.settle(delivery, to, *queue.series, result, wall_now);
        following.draw(queue,
                       {to, event, delivery.attempt, result, decided, ended.ticket, ended.at, now, wall_now});
    }
    const bool work = slots.end_send(queue, ended.mark, event.body.size(), now);
    begin_ahead(queue);
    claim_and_arm(work);
    if (--sending == 0) sends_ended.notify_all();
}

}  // namespace postrider::dispatch
