#include "call_pacer.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

namespace postrider::queue {

namespace {
std::size_t tune(const char* name, std::size_t otherwise) {
    const char* t = std::getenv(name);
    return t ? std::strtoul(t, nullptr, 10) : otherwise;
}

/// With so many items unanswered Redis has enough to do until it answers: a small call waits.
const std::size_t enough_under_way = tune("T_UNDER", 16);
/// So many items for each call that is unanswered go nevertheless: Redis works on them while more are read.
const std::size_t enough_for_a_call = tune("T_CALL", 32);
}  // namespace

void call_pacer::schedule() {
    if (sendable() >= enough_for_a_call * std::max<std::size_t>(1, calls_)) return flush();
    if (std::exchange(posted_, true)) return;
    boost::asio::post(executor_, [self = shared_from_this()] {
        self->posted_ = false;
        self->flush();
    });
}

void call_pacer::flush() {
    while (is_worth_a_call())
        for (lane* const lane : lanes_)
            if (lane->sendable() > 0) lane->send();
}

std::size_t call_pacer::sendable() const {
    return std::accumulate(lanes_.begin(), lanes_.end(), std::size_t{0},
                           [](std::size_t sum, const lane* lane) { return sum + lane->sendable(); });
}

bool call_pacer::is_worth_a_call() const {
    const std::size_t items = sendable();
    if (items == 0) return false;
    return unanswered_ < enough_under_way || items >= enough_for_a_call * calls_ ||
           std::any_of(lanes_.begin(), lanes_.end(), [](const lane* lane) { return lane->is_urgent(); });
}

void call_pacer::on_sent(std::size_t items) noexcept {
    unanswered_ += items;
    ++calls_;
}

void call_pacer::on_answered(std::size_t items) noexcept {
    unanswered_ -= items;
    --calls_;
}

}  // namespace postrider::queue
