#include <postrider/dispatch/slots.h>

#include <algorithm>

namespace postrider::dispatch {

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

std::uint32_t slots::own_room(const endpoint_queue& queue) const noexcept {
    if (closed_ || !queue.endpoint || !queue.endpoint->enabled) return 0;
    const std::uint32_t limit = queue.endpoint->concurrency;
    return limit > queue.in_flight ? limit - queue.in_flight : 0;
}

std::size_t slots::busy_queues() const noexcept {
    return std::max<std::size_t>(busy_, 1);
}

std::uint32_t slots::room(const endpoint_queue& queue) const noexcept {
    std::size_t room = own_room(queue);
    if (room == 0 || bytes_ >= limits_.bytes || in_flight_ >= limits_.in_flight) return 0;
    room = std::min(room, limits_.in_flight - in_flight_);
    const std::size_t half = limits_.in_flight / 2;
    if (in_flight_ >= half) {
        const std::size_t waiting_for_a_first = queue.in_flight == 0 ? 1 : 0;
        const std::size_t share =
            std::max<std::size_t>(1, limits_.in_flight / (busy_queues() + waiting_for_a_first));
        room = std::min(room, share > queue.in_flight ? share - queue.in_flight : 0);
    }
    if (queue.slow) room = std::min(room, half > slow_in_flight_ ? half - slow_in_flight_ : 0);
    return static_cast<std::uint32_t>(room);
}

void slots::take(endpoint_queue& queue, std::uint32_t count) {
    if (count > 0 && queue.in_flight == 0) ++busy_;
    queue.in_flight += count;
    in_flight_ += count;
    if (queue.slow) slow_in_flight_ += count;
}

void slots::give_back(endpoint_queue& queue, std::uint32_t count) {
    queue.in_flight -= count;
    in_flight_ -= count;
    if (queue.slow) slow_in_flight_ -= count;
    if (count > 0 && queue.in_flight == 0) --busy_;
    enter_ring(queue);
    if (count > 0) let_one_try_again();
}

bool slots::reserve(endpoint_queue& queue) {
    if (queue.has_work || queue.claiming || room(queue) == 0) return false;
    take(queue, 1);
    return true;
}

bool slots::enter_ring(endpoint_queue& queue) {
    if (queue.in_ring || !queue.has_work || queue.claiming || own_room(queue) == 0) return false;
    queue.in_ring = true;
    ring_.push_back(&queue);
    return true;
}

void slots::let_one_try_again() {
    if (held_up_.empty()) return;
    ring_.push_back(held_up_.front());
    held_up_.pop_front();
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
    for (std::size_t turns = ring_.size(); turns > 0 && most > 0; --turns) {
        endpoint_queue& queue = *ring_.front();
        ring_.pop_front();
        if (!queue.has_work || queue.claiming || own_room(queue) == 0 || !may(queue)) {
            queue.in_ring = false;
            continue;
        }
        const std::size_t granted =
            std::min({std::size_t{room(queue)}, std::size_t{limits_.claim_at_once}, most});
        if (granted == 0) {
            held_up_.push_back(&queue);
            continue;
        }
        const auto count = static_cast<std::uint32_t>(granted);
        queue.in_ring = false;
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
    return queue.sends.insert(queue.sends.end(), now);
}

bool slots::end_send(endpoint_queue& queue, send_mark mark, std::size_t bytes, monotonic_time now) {
    bytes_ -= bytes;
    queue.last_used = now;
    queue.sends.erase(mark);
    give_back(queue, 1);
    return !ring_.empty();
}

bool slots::refresh(monotonic_time now) {
    slow_in_flight_ = 0;
    for (auto& [name, queue] : queues_) {
        queue->slow = !queue->sends.empty() && now - queue->sends.front() > limits_.slow_after;
        if (queue->slow) slow_in_flight_ += queue->in_flight;
    }
    ring_.insert(ring_.end(), held_up_.begin(), held_up_.end());
    held_up_.clear();
    return !ring_.empty();
}

std::vector<std::string> slots::drop_idle(monotonic_time before) {
    std::vector<std::string> dropped;
    for (auto at = queues_.begin(); at != queues_.end();) {
        const endpoint_queue& queue = *at->second;
        const bool idle = queue.in_flight == 0 && !queue.has_work && !queue.claiming && !queue.in_ring;
        if (idle && queue.last_used < before) {
            dropped.push_back(at->first);
            at = queues_.erase(at);
        } else {
            ++at;
        }
    }
    return dropped;
}

}  // namespace postrider::dispatch
