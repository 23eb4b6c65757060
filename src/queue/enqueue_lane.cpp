#include "enqueue_lane.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace postrider::queue {
namespace asio = boost::asio;

namespace {

/// Intake answers 503 after a second without a confirmation; an event that was not even sent by then must
/// not be stored behind its client's back.
constexpr milliseconds patience{1000};

/// So many events for each call that is unanswered go without waiting for what else is ready: Redis stores
/// them while more are read.
constexpr std::size_t enough_for_a_call = 32;
/// With so many unanswered Redis has enough to do until it answers: a small call waits.
constexpr std::size_t enough_under_way = 16;

enqueue_answer unavailable() {
    return {};
}

}  // namespace

enqueue_lane::enqueue_lane(std::shared_ptr<store_context> context)
    : context_(std::move(context)), deadline_timer_(context_->executor) {}

void enqueue_lane::add(new_event event, std::function<void(enqueue_answer)> done) {
    const std::size_t bytes = bytes_of_call(event);
    if (waiting_.size() >= context_->settings.max_waiting ||
        waiting_bytes_ + bytes > context_->settings.max_waiting_bytes) {
        return asio::post(context_->executor, [done = std::move(done)] { done(unavailable()); });
    }
    waiting_event added;
    added.store_id = store_id(event.event->tenant, event.event->id);
    added.event = std::move(event);
    added.done = std::move(done);
    added.deadline = context_->scripts.time.monotonic_now() + patience;
    added.bytes = bytes;
    waiting_bytes_ += bytes;
    waiting_.push_back(std::move(added));
    if (waiting_.size() >= enough()) return flush();
    schedule_flush();
}

std::size_t enqueue_lane::enough() const noexcept {
    return enough_for_a_call * static_cast<std::size_t>(std::max(1, outstanding_));
}

bool enqueue_lane::is_worth_a_call() const noexcept {
    return unanswered_ < enough_under_way || waiting_.size() >= enough();
}

void enqueue_lane::schedule_flush() {
    if (flush_posted_) return;
    flush_posted_ = true;
    asio::post(context_->executor, [self = shared_from_this()] { self->flush(); });
}

void enqueue_lane::flush() {
    flush_posted_ = false;
    if (context_->stopped) return;
    drop_expired();
    while (!waiting_.empty() && outstanding_ < most_outstanding && is_worth_a_call() && may_send())
        send_batch();
    watch_deadlines();
}

void enqueue_lane::send_batch() {
    const auto batch = std::make_shared<enqueue_batch>(*context_);
    while (!waiting_.empty()) {
        const waiting_event& next = waiting_.front();
        const std::size_t deliveries = std::max<std::size_t>(1, next.event.endpoints.size());
        if (!batch->empty() &&
            (batch->deliveries() + deliveries > most_items || batch->bytes() + next.bytes > most_bytes))
            break;
        waiting_bytes_ -= next.bytes;
        batch->add(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    ++outstanding_;
    unanswered_ += batch->deliveries();
    const replication& replicated = context_->settings.replicated;
    redis::client& client = replicated.wanted() ? replicated.client() : context_->scripts.client;
    const std::uint64_t generation = replicated.wanted() ? client.generation() : context_->generation;
    run_script(
        script_surroundings{client, context_->scripts.metrics, context_->scripts.time}, script::enqueue,
        generation, [batch, context = context_](const script_form& form) { return batch->compose(form); },
        [self = shared_from_this(), batch, generation](redis::call_result result) {
            if (!self->context_->stopped) self->finish(batch, generation, std::move(result));
        });
}

bool enqueue_lane::may_send() const {
    const replication& replicated = context_->settings.replicated;
    return context_->may_call() && (!replicated.wanted() || replicated.client().connected());
}

void enqueue_lane::finish(const std::shared_ptr<enqueue_batch>& batch, std::uint64_t generation,
                          redis::call_result result) {
    unanswered_ -= batch->deliveries();
    if (result && !result->is_error() && context_->settings.replicated.wanted())
        return confirm(batch, generation, std::move(*result));
    if (!result) {
        // Whoever gave an id may repeat it; for the others only the client knows whether to.
        if (result.error() == redis::call_error::not_sent)
            put_back(batch->take_back());
        else
            batch->finish_all(enqueue_status::unavailable);
    } else if (result->is_error()) {
        const std::string_view reason = redis::reason_of(result->text());
        const bool is_full = reason.starts_with("OOM") || reason.starts_with("MISCONF");
        context_->report_refusal(script::enqueue, result->text());
        batch->finish_all(is_full ? enqueue_status::full : enqueue_status::unavailable);
    } else {
        batch->finish(*result, true);
    }
    end_call();
}

void enqueue_lane::confirm(const std::shared_ptr<enqueue_batch>& batch, std::uint64_t generation,
                           redis::reply reply) {
    const auto kept = std::make_shared<redis::reply>(std::move(reply));
    const replication& replicated = context_->settings.replicated;
    const monotonic_time began = context_->scripts.time.monotonic_now();
    replicated.confirm(generation, replicated.timeout,
                       [self = shared_from_this(), batch, kept, began](bool enough) {
                           if (self->context_->stopped) return;
                           const auto& around = self->context_->scripts;
                           const std::chrono::duration<double> taken = around.time.monotonic_now() - began;
                           around.metrics.observe_redis_seconds("wait", taken.count());
                           if (!enough)
                               self->context_->report_refusal(script::enqueue, "too few replicas have it");
                           batch->finish(*kept, enough);
                           self->end_call();
                       });
}

void enqueue_lane::end_call() {
    --outstanding_;
    if (!waiting_.empty()) schedule_flush();
}

void enqueue_lane::put_back(std::vector<waiting_event> events) {
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
        waiting_bytes_ += event->bytes;
        waiting_.push_front(std::move(*event));
    }
}

void enqueue_lane::drop_expired() {
    const monotonic_time now = context_->scripts.time.monotonic_now();
    while (!waiting_.empty() && waiting_.front().deadline <= now) {
        const auto done = std::move(waiting_.front().done);
        waiting_bytes_ -= waiting_.front().bytes;
        waiting_.pop_front();
        done(unavailable());
    }
}

void enqueue_lane::watch_deadlines() {
    if (watching_ || waiting_.empty()) return;
    watching_ = true;
    deadline_timer_.expires_after(std::max<monotonic_time::duration>(
        waiting_.front().deadline - context_->scripts.time.monotonic_now(), milliseconds(1)));
    deadline_timer_.async_wait([self = shared_from_this()](boost::system::error_code) {
        self->watching_ = false;
        self->flush();
    });
}

}  // namespace postrider::queue
