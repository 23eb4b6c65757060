#include "death_report.h"
#include "dispatcher_impl.h"

#include <postrider/log/log.h>
#include <postrider/runtime/shard.h>

#include <utility>

namespace postrider::dispatch {

namespace {
constexpr milliseconds upkeep_interval{250};
constexpr int upkeeps_per_second = 4;
constexpr int upkeeps_per_sweep = 20;
constexpr std::chrono::seconds idle_queue_kept{60};
constexpr milliseconds cut_takes_at_most{2000};

housekeeping::surroundings surroundings_of_housekeeping(const dispatcher::surroundings& around,
                                                        const dispatcher::neighbours& others, announcer& news,
                                                        departures& gone) {
    return {around.executor, around.inspection, around.keys, around.metrics, news, gone,
            around.time,     others.owns};
}
}  // namespace

dispatcher::impl::impl(surroundings surroundings, neighbours neighbours, slot_limits limits)
    : around(std::move(surroundings)),
      others(std::move(neighbours)),
      slots(limits, around.time),
      settling(around.store, around.metrics, around.random),
      news(around.store, around.random, around.time),
      following(around.store, news, around.storm, around.time, others.disable),
      depths(std::make_shared<gauges>(around.store, news, around.time)),
      gone(around.metrics, around.time),
      keeping(std::make_shared<housekeeping>(surroundings_of_housekeeping(around, others, news, gone))),
      tests(std::make_shared<test_deliveries>(around.executor, around.sender, around.store, around.metrics,
                                              around.random, around.time, others.verified)),
      asking(tests, around.keys, around.time),
      wake_timer(around.executor),
      sends_ended(around.executor),
      stop_requested(around.executor) {}

void dispatcher::impl::claim_and_arm(bool work) {
    if (work) around.store.want_claims();
    arm_wake();
}

/// One timer for the earliest time at which an endpoint's own policies let it go on.
void dispatcher::impl::arm_wake() {
    const auto next = slots.next_wake();
    if (next == armed_for || stopping) return;
    armed_for = next;
    if (!next) return;
    wake_timer.expires_at(*next);
    wake_timer.async_wait([self = shared_from_this()](const boost::system::error_code& replaced) {
        if (replaced) return;
        self->armed_for.reset();
        self->claim_and_arm(self->slots.wake(self->around.time.monotonic_now()));
    });
}

asio::awaitable<void> dispatcher::impl::keep_up(std::shared_ptr<impl> self) {
    for (int round = 0; !stopping; ++round) {
        co_await stop_requested.wait_for(upkeep_interval);
        if (!stopping) keep_up_once(round);
    }
    self->upkeep_runs = false;
    sends_ended.notify_all();
}

bool dispatcher::impl::is_owner_of(std::uint32_t partition) const {
    return others.owns(partition) && !around.leases.settle_token(partition).empty();
}

void dispatcher::impl::keep_up_queue(endpoint_queue& queue, monotonic_time now) {
    gauges::show(queue, is_owner_of(queue.partition), around.metrics, now);
    following.save_health(queue);
    if (!queue.ahead.empty() && !may_wait_ahead(queue)) hand_back_ahead(queue);
}

/// Those at which something goes on at each round, all of them once a second.
void dispatcher::impl::keep_up_once(int round) {
    const monotonic_time now = around.time.monotonic_now();
    claim_and_arm(slots.refresh(now));
    if (round % upkeeps_per_second != 0) {
        for (endpoint_queue* queue : slots.active())
            keep_up_queue(*queue, now);
    } else {
        for (auto& [name, queue] : slots.queues()) {
            // Others may have ended a gauge meanwhile, as one of an endpoint of this id at another tenant.
            if (round % upkeeps_per_sweep == 0) queue->shown.reset();
            keep_up_queue(*queue, now);
        }
        gone.end_metrics(slots, snapshot);
        const auto owns = [this](std::uint32_t partition) { return is_owner_of(partition); };
        depths->refresh(around.executor, slots, snapshot, owns, around.keys, around.metrics);
        keeping->run(slots, snapshot);
        asking.run(owns);
    }
    if (round % upkeeps_per_sweep != 0) return;
    around.sender.sweep();
    for (const auto& name : slots.drop_idle(now - idle_queue_kept))
        depths->note_closed(name);
}

asio::awaitable<bool> dispatcher::impl::wait_until_quiet(milliseconds longest) {
    const monotonic_time end = around.time.monotonic_now() + longest;
    while (!is_quiet()) {
        const auto left = std::chrono::duration_cast<milliseconds>(end - around.time.monotonic_now());
        if (left.count() <= 0 || (hurried && !cutting)) co_return false;
        co_await sends_ended.wait_for(left);
    }
    co_return true;
}

dispatcher::dispatcher(surroundings around, neighbours others, slot_limits limits)
    : impl_(std::make_shared<impl>(std::move(around), std::move(others), limits)) {}
dispatcher::~dispatcher() = default;

void dispatcher::note_disabled(const std::string& queue_name, const std::string& url_text,
                               std::uint64_t version) {
    impl_->note_disabled(queue_name, url_text, version);
}

void dispatcher::set_snapshot(subscription::snapshot_ptr snapshot, standings_ptr standings,
                              std::uint64_t standings_version) {
    impl_->snapshot = std::move(snapshot);
    impl_->standings = std::move(standings);
    impl_->standings_version = standings_version;
    impl_->news.set_snapshot(impl_->snapshot);
    impl_->asking.adopt(*impl_->snapshot, *impl_->standings);
    bool work = false;
    for (auto& [name, queue] : impl_->slots.queues()) {
        impl_->adopt(*queue);
        if (!impl_->may_wait_ahead(*queue)) impl_->hand_back_ahead(*queue);
        queue->reported_orphaned = false;
        work |= impl_->slots.look_again(*queue);
    }
    impl_->claim_and_arm(work);
}

void dispatcher::end_metrics(const std::vector<std::string>& gone) {
    for (const auto& name : gone)
        if (impl_->others.owns(impl_->around.keys.partition_of(name))) impl_->gone.note(name);
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
    self->wake_timer.cancel();
    self->stop_requested.notify_all();
    for (auto& [name, queue] : self->slots.queues()) {
        self->following.save_health(*queue);
        self->hand_back_ahead(*queue);
    }
    if (co_await self->wait_until_quiet(grace)) co_return;
    self->cutting = true;
    self->around.sender.cut();
    co_await self->wait_until_quiet(cut_takes_at_most);
}

void dispatcher::hurry() {
    impl_->hurried = true;
    impl_->sends_ended.notify_all();
}

std::optional<std::string> dispatcher::send_test(const std::string& queue_name,
                                                 const std::string& event_type) {
    const endpoint_ptr endpoint = impl_->snapshot ? impl_->snapshot->find(queue_name) : nullptr;
    const std::uint32_t partition = impl_->around.keys.partition_of(queue_name);
    if (!endpoint || impl_->stopping) return std::nullopt;
    return impl_->tests->begin(endpoint, partition, event_type);
}

void dispatcher::report_deaths(const queue::inspection::ending& why,
                               const std::vector<queue::inspection::death>& deaths) {
    dispatch::report_deaths(impl_->around.metrics, impl_->news, nullptr, why, deaths);
    if (!deaths.empty()) impl_->gone.note_count(why.queue_name);
}

std::size_t dispatcher::in_flight() const noexcept {
    return impl_->sending;
}

bool dispatcher::reserve(std::uint32_t partition, const endpoint_ptr& endpoint) {
    if (!impl_->others.owns(partition)) return false;
    endpoint_queue& queue = impl_->queue_of(endpoint->queue_name(), partition);
    return impl_->slots.reserve(queue) || impl_->slots.reserve_ahead(queue);
}

void dispatcher::on_not_claimed(const std::string& queue_name) {
    if (endpoint_queue* queue = impl_->slots.find(queue_name)) impl_->slots.give_back(*queue, 1);
}

void dispatcher::on_claimed(queue::delivery delivery) {
    endpoint_queue& queue = impl_->queue_of(delivery.queue_name, delivery.partition);
    if (queue.ahead.empty() && !slots::is_full(queue)) return impl_->use_slot(queue, std::move(delivery));
    impl_->slots.wait_ahead(queue, std::move(delivery));
    if (!impl_->may_wait_ahead(queue)) impl_->hand_back_ahead(queue);
}

void dispatcher::collect_claims(std::vector<claim>& claims, std::size_t most) {
    impl_->slots.collect(claims, most, [this](const endpoint_queue& queue) {
        return !impl_->around.leases.token(queue.partition).empty();
    });
    impl_->arm_wake();
}

void dispatcher::on_claim_ended(const claim& ended, std::uint32_t granted, bool more) {
    endpoint_queue* queue = impl_->slots.find(ended.queue_name);
    if (queue) impl_->claim_and_arm(impl_->slots.end_claim(*queue, ended.count, granted, more));
}

void dispatcher::on_backlog_full(std::uint32_t, const endpoint_ptr& endpoint, const event_ptr& event) {
    constexpr auto reason = dead_reason::backlog_full;
    impl_->around.metrics.for_endpoint(endpoint->id)->count_dead(to_string(reason));
    impl_->news.event_died(*endpoint, *event, to_string(reason), 0, 0, "the endpoint's queue is full");
    if (!impl_->full_reported.allow(impl_->around.time.monotonic_now())) return;
    log::warning("delivery dead: the endpoint's queue is full", {{"endpoint", endpoint->id},
                                                                 {"tenant", endpoint->tenant},
                                                                 {"event_id", event->id},
                                                                 {"event_type", event->type},
                                                                 {"reason", to_string(reason)}});
}

void dispatcher::on_health(std::uint32_t partition,
                           const std::vector<std::pair<std::string, std::string>>& saved) {
    const monotonic_time now = impl_->around.time.monotonic_now();
    const wall_time wall_now = impl_->around.time.wall_now();
    impl_->count_anew(partition);
    for (const auto& [name, health] : saved) {
        endpoint_queue& queue = impl_->queue_of(name, partition);
        queue.saved_health = health;
        if (queue.policies) queue.policies->restore(health, now, wall_now);
    }
    impl_->arm_wake();
}

void dispatcher::on_ready(std::uint32_t partition, const std::string& queue_name) {
    if (!impl_->others.owns(partition)) return impl_->others.wake(partition, queue_name);
    const bool elsewhere = impl_->around.leases.settle_token(partition).empty();
    if (elsewhere && impl_->others.tell_owner) return impl_->others.tell_owner(partition, queue_name);
    endpoint_queue& queue = impl_->queue_of(queue_name, partition);
    impl_->report_orphaned(queue);
    impl_->claim_and_arm(impl_->slots.note_work(queue));
}

/// The next owner counts for itself, and so does this one when it comes back.
void dispatcher::on_lost(std::uint32_t partition) {
    for (auto& [name, queue] : impl_->slots.queues()) {
        if (queue->partition != partition) continue;
        ++queue->losses;
        impl_->slots.forget_work(*queue);
        impl_->hand_back_ahead(*queue);
        queue->saved_health.clear();
        queue->health_changed = false;
    }
    impl_->count_anew(partition);
}

}  // namespace postrider::dispatch
