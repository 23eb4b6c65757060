#include "announcer.h"
#include "challenges.h"
#include "consequences.h"
#include "death_report.h"
#include "gauges.h"
#include "housekeeping.h"
#include "queue_name.h"
#include "settlement.h"
#include "test_deliveries.h"

#include <postrider/dispatch/dispatcher.h>
#include <postrider/log/log.h>
#include <postrider/log/once_per_second.h>
#include <postrider/retry/decision.h>
#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace postrider::dispatch {
namespace asio = boost::asio;

namespace {
constexpr milliseconds upkeep_interval{250};
constexpr int upkeeps_per_second = 4;
constexpr int upkeeps_per_sweep = 20;
constexpr std::chrono::seconds idle_queue_kept{60};
constexpr milliseconds cut_takes_at_most{2000};

housekeeping::surroundings surroundings_of_housekeeping(const dispatcher::surroundings& around,
                                                        const dispatcher::neighbours& others,
                                                        announcer& news) {
    return {around.executor, around.inspection, around.keys, around.metrics, news, around.time, others.owns};
}
}  // namespace

struct dispatcher::impl : std::enable_shared_from_this<dispatcher::impl> {
    impl(surroundings surroundings, neighbours neighbours, slot_limits limits)
        : around(std::move(surroundings)),
          others(std::move(neighbours)),
          slots(limits, around.time),
          settling(around.store, around.metrics, around.random, around.time),
          news(around.store, around.random, around.time),
          following(around.store, news, around.storm, around.time, others.disable),
          depths(std::make_shared<gauges>(around.store, news, around.time)),
          keeping(std::make_shared<housekeeping>(surroundings_of_housekeeping(around, others, news))),
          tests(std::make_shared<test_deliveries>(around.executor, around.sender, around.store, around.random,
                                                  around.time, others.verified)),
          asking(tests, around.keys, around.time),
          wake_timer(around.executor),
          sends_ended(around.executor),
          stop_requested(around.executor) {}

    endpoint_queue& queue_of(const std::string& name, std::uint32_t partition);
    void adopt(endpoint_queue& queue);
    void adopt_standing(endpoint_queue& queue);
    void note_disabled(const std::string& name, const std::string& url_text, std::uint64_t version);
    void report_orphaned(endpoint_queue& queue) const;
    [[nodiscard]] bool may_begin(const endpoint_queue& queue) const;
    void use_slot(endpoint_queue& queue, queue::delivery delivery);
    asio::awaitable<void> send(std::shared_ptr<impl> self, queue::delivery delivery, endpoint_ptr endpoint);
    void claim_and_arm(bool work);
    void arm_wake();
    asio::awaitable<void> keep_up(std::shared_ptr<impl> self);
    void keep_up_once(int round);
    static void show(endpoint_queue& queue, monotonic_time now);
    [[nodiscard]] bool is_quiet() const { return sending == 0 && tests->under_way() == 0 && !upkeep_runs; }
    asio::awaitable<bool> wait_until_quiet(milliseconds longest);

    surroundings around;
    neighbours others;
    dispatch::slots slots;
    settlement settling;
    announcer news;
    consequences following;
    std::shared_ptr<gauges> depths;
    std::shared_ptr<housekeeping> keeping;
    std::shared_ptr<test_deliveries> tests;
    challenges asking;
    subscription::snapshot_ptr snapshot;
    standings_ptr standings;
    std::uint64_t standings_version = 0;
    asio::steady_timer wake_timer;
    std::optional<monotonic_time> armed_for;
    runtime::signal sends_ended;
    runtime::signal stop_requested;
    log::once_per_second full_reported;
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
        queue.last_used = around.time.monotonic_now();
        adopt(queue);
    }
    return queue;
}

/// Takes over what the present snapshot and standings say of the queue's endpoint.
void dispatcher::impl::adopt(endpoint_queue& queue) {
    if (!snapshot) return;
    queue.endpoint = snapshot->find(queue.name);
    if (queue.endpoint) {
        const monotonic_time now = around.time.monotonic_now();
        if (queue.policies)
            queue.policies->configure(*queue.endpoint, now);
        else
            queue.policies.emplace(*queue.endpoint, now);
        // Another url is another receiver: it begins with nothing against it.
        if (!queue.url_text.empty() && queue.url_text != queue.endpoint->url_text) {
            queue.disabling = false;
            following.forgive(queue);
        }
        queue.url_text = queue.endpoint->url_text;
    }
    adopt_standing(queue);
}

void dispatcher::impl::adopt_standing(endpoint_queue& queue) {
    const auto found = standings->find(queue.name);
    const standing now = found == standings->end() ? standing{} : found->second;
    const bool is_disabled = now.disabled != standing::disablement::none;
    const bool did_hold = queue.disabled || queue.disabling || queue.paused;
    // Standings that know of the disablement decide, also when they say that it has been ended already.
    if (is_disabled || (queue.disabled_as_of && *queue.disabled_as_of <= standings_version))
        queue.disabling = false;
    queue.disabled = is_disabled;
    queue.paused = now.paused;
    if (did_hold && !now.holds() && !queue.disabling) following.forgive(queue);
    queue.held = now.holds() || queue.disabling || (queue.endpoint && !queue.endpoint->enabled) ||
                 (queue.endpoint && awaits_verification(*queue.endpoint, now));
}

/// The store took the disablement: standings of this version and later ones know of it, or of its end.
void dispatcher::impl::note_disabled(const std::string& name, const std::string& url_text,
                                     std::uint64_t version) {
    endpoint_queue* queue = slots.find(name);
    if (!queue || !queue->disabling || queue->url_text != url_text) return;
    queue->disabled_as_of = version;
    if (version > standings_version) return;
    adopt_standing(*queue);
    claim_and_arm(slots.look_again(*queue));
}

void dispatcher::impl::report_orphaned(endpoint_queue& queue) const {
    if (queue.endpoint || queue.reported_orphaned) return;
    queue.reported_orphaned = true;
    log::warning("events held for an endpoint that is not configured",
                 {{"endpoint", endpoint_id_of(queue.name)}, {"queue", queue.name}});
}

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
    runtime::spawn(around.executor, "send", send(shared_from_this(), std::move(delivery), endpoint));
}

asio::awaitable<void> dispatcher::impl::send(std::shared_ptr<impl> self, queue::delivery delivery,
                                             endpoint_ptr endpoint) {
    endpoint_queue* queue = slots.find(delivery.queue_name);
    const std::size_t bytes = delivery.event->body.size();
    const monotonic_time begun_at = around.time.monotonic_now();
    const auto mark = slots.begin_send(*queue, bytes, begun_at);
    const auto ticket = queue->policies->begin(begun_at);
    const attempt_result result = co_await around.sender.attempt(endpoint, delivery.event, delivery.attempt);
    if (cutting && result.error == transport_error::local) {
        around.store.hand_back(delivery);
        following.draw_none(*queue, ticket, begun_at);
    } else {
        const outcome decided = settling.settle(delivery, *endpoint, *queue->series, result);
        following.draw(*queue,
                       {*endpoint, *delivery.event, delivery.attempt, result, decided, ticket, begun_at});
    }
    claim_and_arm(slots.end_send(*queue, mark, bytes, around.time.monotonic_now()));
    if (--sending == 0) self->sends_ended.notify_all();
}

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

void dispatcher::impl::show(endpoint_queue& queue, monotonic_time now) {
    queue.series->set_in_flight(queue.sends.size());
    queue.series->set_held(queue.held);
    if (!queue.policies) return;
    using postrider::breaker::circuit_state;
    const auto circuit = queue.policies->circuit(now);
    queue.series->set_circuit_state(circuit == circuit_state::closed      ? 0
                                    : circuit == circuit_state::half_open ? 1
                                                                          : 2);
}

void dispatcher::impl::keep_up_once(int round) {
    const monotonic_time now = around.time.monotonic_now();
    claim_and_arm(slots.refresh(now));
    for (auto& [name, queue] : slots.queues()) {
        show(*queue, now);
        following.save_health(*queue);
    }
    if (round % upkeeps_per_second == 0) {
        const auto owns = [this](std::uint32_t partition) {
            return others.owns(partition) && !around.leases.settle_token(partition).empty();
        };
        depths->refresh(around.executor, slots, snapshot, owns, around.keys, around.metrics);
        keeping->run(slots, snapshot);
        asking.run(owns);
    }
    if (round % upkeeps_per_sweep != 0) return;
    around.sender.sweep();
    slots.drop_idle(now - idle_queue_kept);
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
        queue->reported_orphaned = false;
        work |= impl_->slots.look_again(*queue);
    }
    impl_->claim_and_arm(work);
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
    for (auto& [name, queue] : self->slots.queues())
        self->following.save_health(*queue);
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
}

std::size_t dispatcher::in_flight() const noexcept {
    return impl_->sending;
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
    const monotonic_time now = impl_->around.time.monotonic_now();
    for (auto& [name, queue] : impl_->slots.queues()) {
        if (queue->partition != partition) continue;
        impl_->slots.forget_work(*queue);
        queue->saved_health.clear();
        queue->health_changed = false;
        if (queue->endpoint) queue->policies.emplace(*queue->endpoint, now);
    }
}

}  // namespace postrider::dispatch
