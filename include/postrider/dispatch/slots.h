#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/text_map.h>
#include <postrider/dispatch/admission.h>
#include <postrider/event/endpoint.h>
#include <postrider/metrics/registry.h>
#include <postrider/queue/store.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::dispatch {

/// What a shard may have in flight. Reaching a bound delays claims; nothing is refused or lost.
struct slot_limits {
    std::size_t in_flight = 4096;
    std::size_t bytes = 256 * 1024 * 1024;  ///< of bodies
    std::uint32_t claim_at_once = 64;       ///< for one endpoint in one turn, and in a call that others share
    std::uint32_t ahead = 192;              ///< most that wait for a send of one endpoint to end
    milliseconds slow_after{1000};          ///< a send older than this makes its endpoint slow
};

/// The endpoint of a queue as this shard knows it, from its first work until it was idle for a while.
struct endpoint_queue {
    // What each delivery needs comes first, side by side: of thousands of queues that take turns nothing is
    // in the processor's cache, and each line of memory is waited for.
    std::uint32_t partition = 0;
    std::uint32_t in_flight = 0;     ///< sends and reservations
    std::uint32_t losses = 0;        ///< so often its partition was lost
    bool held = false;               ///< paused or disabled: its events wait
    bool has_work = false;           ///< the store holds events to claim, as far as is known
    bool claiming = false;           ///< a claim is under way
    bool work_during_claim = false;  ///< its answer may not know of this work
    bool in_ring = false;            ///< or held up by a common bound
    bool held_up = false;
    bool slow = false;  ///< its oldest send is older than `slow_after`
    bool beginning_ahead = false;
    bool health_changed = false;  ///< `policies`, since they were saved
    std::uint8_t active_for = 0;  ///< so many refreshes; 0: not among the active ones
    endpoint_ptr endpoint;        ///< null: not in the configuration; its events are held
    std::unique_ptr<metrics::endpoint_series> series;
    std::list<monotonic_time> sends;  ///< when each send began, oldest first
    /// Claimed, and waiting for one of `sends` to end. A list: nearly always empty, and then without memory.
    std::list<queue::delivery> ahead;
    monotonic_time last_used{};
    std::optional<admission> policies;       ///< once the endpoint is known
    std::string saved_health;                ///< what the store has of `policies`
    std::optional<monotonic_time> wakes_at;  ///< has work that its policies allow only then

    std::string name;                                   ///< endpoint::queue_name()
    std::list<endpoint_queue*>::iterator ring_place{};  ///< while it is in the ring
    std::uint32_t turn_used = 0;                        ///< claimed since its turn came
    std::uint32_t ended_in_turn = 0;  ///< sends that ended since its last claim, each with a successor due
    bool disabling = false;           ///< disabled here; the standings do not know yet
    std::optional<std::uint64_t> disabled_as_of;  ///< `disabling`: the catalog's version that knows it
    bool disabled = false;                        ///< by its receiver or its failures, as the store knows
    bool paused = false;                          ///< as the store knows
    std::string url_text;                         ///< to which `policies` apply
    bool gauges_shown = false;                    ///< this daemon owns the partition and shows its gauges
    /// What they show, so that a queue at which nothing changes is not written to.
    struct shown_gauges {
        std::size_t in_flight;
        bool held;
        int circuit;
        bool operator==(const shown_gauges&) const = default;
    };
    std::optional<shown_gauges> shown;
    bool backlog_announced = false;
    wall_time oldest{};  ///< acceptance of its oldest waiting event, as last read; epoch: none
    bool reported_orphaned = false;
};

/// Who may send next: pure bookkeeping of slots, without I/O. Round-robin over the endpoints that have work
/// and may send; the others cost nothing. A turn is as long as `claim_at_once`: where more endpoints wait
/// than a call can serve, each sends few at a time and goes on with the connections that it has, instead of
/// all of them in parallel over new ones. Once half of all slots is in use, an endpoint gets at most an
/// eighth of what is free (dynamic thresholds: Choudhury and Hahne, 1998), and the last eighth of all goes to
/// endpoints that have nothing in flight: hundreds of hanging receivers leave a slot for the next. Endpoints
/// whose sends are old get at most half of all together. One for each shard; not thread-safe.
class slots {
 public:
    slots(slot_limits limits, const time_source& time) : limits_(limits), time_(time) {}

    /// The queue, made when it is new. References stay valid until `drop_idle` removes the queue.
    endpoint_queue& open(const std::string& name, std::uint32_t partition);
    [[nodiscard]] endpoint_queue* find(const std::string& name) noexcept;

    /// Takes a slot for a new event when the queue has no backlog and room.
    [[nodiscard]] bool reserve(endpoint_queue& queue);
    /// Takes a slot for a new event that will have to wait for a send of its endpoint to end. It spares the
    /// event the way through the queue of the store, and the endpoint the wait for a claim. Three times as
    /// many as the endpoint may send beside the first, at most `ahead`; none where there is one attempt only,
    /// which a crash would take, while its policies look at the time, while it is slow, or once an eighth of
    /// all slots or bytes is in use: what waits here must not take the place of what could be sent.
    [[nodiscard]] bool reserve_ahead(endpoint_queue& queue);
    /// Whether the endpoint has as many sends as its concurrency allows: one of them will end.
    [[nodiscard]] static bool is_full(const endpoint_queue& queue);
    /// Lets what was claimed wait, in its order, with its slot; its body counts.
    void wait_ahead(endpoint_queue& queue, queue::delivery delivery);
    /// The next of those that wait. There must be one.
    [[nodiscard]] queue::delivery take_ahead(endpoint_queue& queue);
    /// Gives slots back that were reserved and not used.
    void give_back(endpoint_queue& queue, std::uint32_t count);

    /// Notes that the store holds work for the queue. True when a claim should be made.
    bool note_work(endpoint_queue& queue);
    /// Forgets what was known of a queue's backlog: its partition was lost.
    void forget_work(endpoint_queue& queue);

    using claimable = std::function<bool(const endpoint_queue&)>;
    /// Reserves slots for the queues whose turn it is and appends the claims; without a crowd also for what
    /// will wait for a send, as `reserve_ahead` does. A queue that is not `may` keeps
    /// its work and leaves the ring until `note_work`.
    void collect(std::vector<queue::dispatch_port::claim>& claims, std::size_t most, const claimable& may);
    /// The claim came back: unused slots are free again. True when another claim should be made.
    bool end_claim(endpoint_queue& queue, std::uint32_t asked, std::uint32_t granted, bool more);

    using send_mark = std::list<monotonic_time>::iterator;
    /// A reserved slot becomes a send.
    [[nodiscard]] send_mark begin_send(endpoint_queue& queue, std::size_t bytes, monotonic_time now);
    /// True when a claim should be made.
    bool end_send(endpoint_queue& queue, send_mark mark, std::size_t bytes, monotonic_time now);

    /// When a queue's own policies will let it send: the time for which a timer should be set.
    [[nodiscard]] std::optional<monotonic_time> next_wake() const;
    /// Lets the queues try again whose time has come. True when a claim should be made.
    bool wake(monotonic_time now);
    /// Something of a queue changed that may give it room: its policies, its standing. True when a claim
    /// should be made.
    bool look_again(endpoint_queue& queue);
    /// Whether the queue may begin nothing now, whatever the common bounds say.
    [[nodiscard]] bool is_held_back(const endpoint_queue& queue) const { return own_room(queue) == 0; }

    /// Every quarter of a second or so: finds the slow ones, lets those try again that a common bound held
    /// up. True when a claim should be made.
    bool refresh(monotonic_time now);
    /// Those that have sends, or had some between the last refresh and the one before it.
    [[nodiscard]] const std::vector<endpoint_queue*>& active() const noexcept { return active_; }
    /// Removes queues without work and sends that were last used before `before`, but for those of endpoints
    /// that are held, which somebody may resume; gives their names.
    std::vector<std::string> drop_idle(monotonic_time before);

    void close() noexcept { closed_ = true; }  ///< no reservation and no claim from here on
    void reopen() noexcept { closed_ = false; }
    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
    [[nodiscard]] text_map<std::unique_ptr<endpoint_queue>>& queues() noexcept { return queues_; }

 private:
    [[nodiscard]] bool may_send(const endpoint_queue& queue) const;
    [[nodiscard]] std::uint32_t own_room(const endpoint_queue& queue) const;
    [[nodiscard]] std::uint32_t room(const endpoint_queue& queue) const;
    /// What may be claimed for it beyond its concurrency, to wait for its sends.
    [[nodiscard]] std::uint32_t ahead_room(const endpoint_queue& queue) const;
    [[nodiscard]] bool may_claim(const endpoint_queue& queue) const;
    void take(endpoint_queue& queue, std::uint32_t count);
    void free(endpoint_queue& queue, std::uint32_t count);
    bool enter_ring(endpoint_queue& queue);
    void leave_ring(endpoint_queue& queue);
    void go_on_with_turn(endpoint_queue& queue);
    [[nodiscard]] std::size_t claimed_by_each(std::size_t most) const noexcept;
    [[nodiscard]] bool is_crowded() const noexcept;
    void set_wake(endpoint_queue& queue);
    void end_wake(endpoint_queue& queue);
    void let_one_try_again();

    slot_limits limits_;
    const time_source& time_;
    text_map<std::unique_ptr<endpoint_queue>> queues_;
    std::list<endpoint_queue*> ring_;     // have work and room of their own
    std::list<endpoint_queue*> held_up_;  // have work and room of their own, but a common bound is reached
    std::multimap<monotonic_time, endpoint_queue*> wakes_;  // have work, and room of their own later
    /// Few of ten thousand, most of which are in no cache of the processor.
    std::vector<endpoint_queue*> active_;
    std::size_t in_flight_ = 0;
    std::size_t slow_in_flight_ = 0;
    std::size_t bytes_ = 0;
    bool closed_ = true;
};

}  // namespace postrider::dispatch
