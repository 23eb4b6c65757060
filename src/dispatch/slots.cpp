#include "room_left.h"

#include <postrider/dispatch/slots.h>

#include <algorithm>

namespace postrider::dispatch {

namespace {
/// An eighth of all slots is kept for the first send of an endpoint, and of what else is free an endpoint
/// gets an eighth.
constexpr std::size_t part = 8;

/// What an endpoint claims at once while more wait than a call can serve: enough to have the next event at
/// hand when an answer comes, few enough to reuse connections.
constexpr std::size_t few = 2;
/// So many endpoints in the ring are more than that: a call has room for 256.
constexpr std::size_t crowd = 256 / few;

/// For each send of an endpoint beside the first so many may wait for it to end: intake comes in groups, and
/// a group that does not fit has to go through the queue of the store, with all that come behind it until
/// that is empty.
constexpr std::uint32_t ahead_for_each = 3;

/// After its last send ended a queue is active at one more refresh, so that its end is seen too.
constexpr std::uint8_t refreshes_active = 2;

}  // namespace

endpoint_queue& slots::open(const std::string& name, std::uint32_t partition) {
    auto& place = queues_[name];
    if (!place) {
        place = std::make_unique<endpoint_queue>();
        place->name = name;
        place->partition = partition;
    }
    return *place;
}

endpoint_queue* slots::find(const std::string& name) noexcept {
    const auto found = queues_.find(name);
    return found == queues_.end() ? nullptr : found->second.get();
}

bool slots::may_send(const endpoint_queue& queue) const {
    return !closed_ && !queue.held && queue.endpoint && queue.policies;
}

std::uint32_t slots::own_room(const endpoint_queue& queue) const {
    if (!may_send(queue)) return 0;
    const auto sending = static_cast<std::uint32_t>(queue.sends.size());
    const monotonic_time now = queue.policies->is_timed() ? time_.monotonic_now() : monotonic_time{};
    return queue.policies->room(sending, queue.in_flight - sending, now);
}

std::uint32_t slots::room(const endpoint_queue& queue) const {
    if (bytes_ >= limits_.bytes || in_flight_ >= limits_.in_flight) return 0;
    std::size_t room = own_room(queue);
    const std::size_t half = limits_.in_flight / 2;
    const std::size_t share = room_left(limits_.in_flight - limits_.in_flight / part, in_flight_) / part;
    room = std::min(room, std::max({room_left(half, in_flight_), room_left(share, queue.in_flight),
                                    room_left(std::size_t{1}, queue.in_flight)}));
    if (queue.slow) room = std::min(room, room_left(half, slow_in_flight_));
    return static_cast<std::uint32_t>(room);
}

std::uint32_t slots::ahead_room(const endpoint_queue& queue) const {
    if (queue.slow || !may_send(queue) || queue.policies->is_timed()) return 0;
    if (in_flight_ >= limits_.in_flight / part || bytes_ >= limits_.bytes / part) return 0;
    if (queue.endpoint->retry.delays.empty()) return 0;
    const std::uint32_t window = queue.policies->window();
    return room_left(window + std::min(ahead_for_each * (window - 1), limits_.ahead), queue.in_flight);
}

bool slots::may_claim(const endpoint_queue& queue) const {
    return own_room(queue) > 0 || (!is_crowded() && ahead_room(queue) > 0);
}

void slots::take(endpoint_queue& queue, std::uint32_t count) {
    queue.in_flight += count;
    in_flight_ += count;
    if (queue.slow) slow_in_flight_ += count;
}

void slots::free(endpoint_queue& queue, std::uint32_t count) {
    queue.in_flight -= count;
    in_flight_ -= count;
    if (queue.slow) slow_in_flight_ -= count;
}

void slots::give_back(endpoint_queue& queue, std::uint32_t count) {
    free(queue, count);
    enter_ring(queue);
    if (count > 0) let_one_try_again();
}

bool slots::reserve(endpoint_queue& queue) {
    if (queue.has_work || queue.claiming || room(queue) == 0) return false;
    take(queue, 1);
    return true;
}

bool slots::reserve_ahead(endpoint_queue& queue) {
    if (queue.has_work || queue.claiming || ahead_room(queue) == 0) return false;
    take(queue, 1);
    return true;
}

bool slots::is_full(const endpoint_queue& queue) {
    return queue.policies && queue.sends.size() >= queue.policies->window();
}

void slots::wait_ahead(endpoint_queue& queue, queue::delivery delivery) {
    bytes_ += delivery.event->body.size();
    queue.ahead.push_back(std::move(delivery));
}

queue::delivery slots::take_ahead(endpoint_queue& queue) {
    queue::delivery next = std::move(queue.ahead.front());
    queue.ahead.pop_front();
    bytes_ -= next.event->body.size();
    return next;
}

bool slots::is_crowded() const noexcept {
    return ring_.size() >= crowd;
}

bool slots::enter_ring(endpoint_queue& queue) {
    if (queue.in_ring || !queue.has_work || queue.claiming) return false;
    if (!may_claim(queue)) {
        set_wake(queue);
        return false;
    }
    end_wake(queue);
    queue.in_ring = true;
    queue.ended_in_turn = 0;
    queue.ring_place = ring_.insert(ring_.end(), &queue);
    return true;
}

/// A send ended, and its connection is still open: in a crowd the next event goes over it before others open
/// theirs, until the turn is used up.
void slots::go_on_with_turn(endpoint_queue& queue) {
    if (!queue.in_ring || queue.held_up || !is_crowded() || queue.turn_used >= limits_.claim_at_once) return;
    ++queue.ended_in_turn;
    ring_.splice(ring_.begin(), ring_, queue.ring_place);
}

void slots::leave_ring(endpoint_queue& queue) {
    queue.in_ring = false;
    ring_.erase(queue.ring_place);
}

/// A queue has one claim under way at a time, and what ends meanwhile leaves its slots empty once nothing
/// waits ahead: so where few queues have work each gets its part of the whole call.
std::size_t slots::claimed_by_each(std::size_t most) const noexcept {
    return std::max<std::size_t>(limits_.claim_at_once, most / std::max<std::size_t>(1, ring_.size()));
}

void slots::set_wake(endpoint_queue& queue) {
    end_wake(queue);
    if (closed_ || queue.held || !queue.policies || !queue.policies->is_timed()) return;
    const auto sending = static_cast<std::uint32_t>(queue.sends.size());
    queue.wakes_at = queue.policies->next_room(queue.in_flight - sending, time_.monotonic_now());
    if (queue.wakes_at) wakes_.emplace(*queue.wakes_at, &queue);
}

void slots::end_wake(endpoint_queue& queue) {
    if (!queue.wakes_at) return;
    const auto [first, last] = wakes_.equal_range(*queue.wakes_at);
    const auto found = std::find_if(first, last, [&](const auto& wake) { return wake.second == &queue; });
    if (found != last) wakes_.erase(found);
    queue.wakes_at.reset();
}

std::optional<monotonic_time> slots::next_wake() const {
    if (wakes_.empty()) return std::nullopt;
    return wakes_.begin()->first;
}

bool slots::wake(monotonic_time now) {
    while (!wakes_.empty() && wakes_.begin()->first <= now) {
        endpoint_queue& queue = *wakes_.begin()->second;
        end_wake(queue);
        enter_ring(queue);
    }
    return !ring_.empty();
}

bool slots::look_again(endpoint_queue& queue) {
    return enter_ring(queue);
}

void slots::let_one_try_again() {
    if (held_up_.empty()) return;
    held_up_.front()->held_up = false;
    ring_.splice(ring_.end(), held_up_, held_up_.begin());
}

bool slots::note_work(endpoint_queue& queue) {
    queue.has_work = true;
    queue.work_during_claim = queue.claiming;
    return enter_ring(queue);
}

void slots::forget_work(endpoint_queue& queue) {
    queue.has_work = false;
    queue.work_during_claim = false;
}

void slots::collect(std::vector<queue::dispatch_port::claim>& claims, std::size_t most,
                    const claimable& may) {
    const bool crowded = is_crowded();
    const std::size_t by_each = crowded ? few : claimed_by_each(most);
    for (std::size_t turns = ring_.size(); turns > 0 && most > 0; --turns) {
        endpoint_queue& queue = *ring_.front();
        if (!queue.has_work || queue.claiming || !may_claim(queue) || !may(queue)) {
            leave_ring(queue);
            if (queue.has_work && !queue.claiming) set_wake(queue);
            continue;
        }
        const std::size_t free = crowded ? room(queue) : std::max(room(queue), ahead_room(queue));
        const std::size_t at_once = crowded && queue.ended_in_turn > 0 ? queue.ended_in_turn : by_each;
        const std::size_t granted = std::min({free, at_once, most});
        if (granted == 0) {
            queue.held_up = true;
            held_up_.splice(held_up_.end(), ring_, queue.ring_place);
            continue;
        }
        leave_ring(queue);
        const auto count = static_cast<std::uint32_t>(granted);
        queue.turn_used = (queue.ended_in_turn > 0 ? queue.turn_used : 0) + count;
        queue.claiming = true;
        take(queue, count);
        claims.push_back({queue.partition, queue.name, count});
        most -= granted;
    }
}

bool slots::end_claim(endpoint_queue& queue, std::uint32_t asked, std::uint32_t granted, bool more) {
    queue.claiming = false;
    queue.has_work = more || queue.work_during_claim;
    queue.work_during_claim = false;
    give_back(queue, asked - granted);
    return !ring_.empty();
}

slots::send_mark slots::begin_send(endpoint_queue& queue, std::size_t bytes, monotonic_time now) {
    bytes_ += bytes;
    queue.last_used = now;
    if (queue.active_for == 0) active_.push_back(&queue);
    queue.active_for = refreshes_active;
    return queue.sends.insert(queue.sends.end(), now);
}

bool slots::end_send(endpoint_queue& queue, send_mark mark, std::size_t bytes, monotonic_time now) {
    bytes_ -= bytes;
    queue.last_used = now;
    queue.sends.erase(mark);
    free(queue, 1);
    enter_ring(queue);
    go_on_with_turn(queue);
    let_one_try_again();
    return !ring_.empty();
}

bool slots::refresh(monotonic_time now) {
    slow_in_flight_ = 0;
    for (endpoint_queue* queue : active_) {
        queue->slow = !queue->sends.empty() && now - queue->sends.front() > limits_.slow_after;
        if (queue->slow) slow_in_flight_ += queue->in_flight;
        if (queue->sends.empty())
            --queue->active_for;
        else
            queue->active_for = refreshes_active;
    }
    std::erase_if(active_, [](const endpoint_queue* queue) { return queue->active_for == 0; });
    while (!held_up_.empty())
        let_one_try_again();
    return !ring_.empty();
}

std::vector<std::string> slots::drop_idle(monotonic_time before) {
    std::vector<std::string> dropped;
    for (auto at = queues_.begin(); at != queues_.end();) {
        const endpoint_queue& queue = *at->second;
        const bool idle = queue.in_flight == 0 && !queue.has_work && !queue.claiming && !queue.in_ring &&
                          queue.saved_health.empty() && !queue.health_changed &&
                          !(queue.held && queue.endpoint);
        if (idle && queue.last_used < before) {
            end_wake(*at->second);
            if (queue.active_for > 0) std::erase(active_, at->second.get());
            dropped.push_back(at->first);
            queues_.erase(at++);
        } else {
            ++at;
        }
    }
    return dropped;
}

}  // namespace postrider::dispatch
