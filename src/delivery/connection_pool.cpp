#include "connection_pool.h"

#include <algorithm>
#include <iterator>

namespace postrider::delivery {
namespace {

constexpr std::size_t most_spare_buffers = 256;

}  // namespace

connection_pool::lease& connection_pool::lease::operator=(lease&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(which_, other.which_);
    return *this;
}

connection_pool::lease::~lease() {
    if (pool_ != nullptr) pool_->in_use_.erase(which_);
}

connection_pool::lease connection_pool::take_newest(idle_connections& owner) {
    if (owner.kept.empty()) return {};
    const auto newest = owner.kept.back();
    owner.kept.pop_back();
    in_use_.splice(in_use_.begin(), idle_, newest);
    newest->buffer = take_buffer();
    return {*this, newest};
}

connection_pool::lease connection_pool::add(idle_connections& owner) {
    if (size() >= most_) close_oldest_idle();
    if (size() >= most_) return {};
    in_use_.emplace_front(executor_, limits_, owner);
    in_use_.front().buffer = take_buffer();
    return {*this, in_use_.begin()};
}

std::unique_ptr<read_buffer> connection_pool::take_buffer() {
    if (spare_buffers_.empty()) return std::make_unique_for_overwrite<read_buffer>();
    auto newest = std::move(spare_buffers_.back());
    spare_buffers_.pop_back();
    return newest;
}

void connection_pool::give_back(lease used, monotonic_time now) {
    idle_connections& owner = *used->owner;
    if (owner.kept.size() >= owner.most) return;
    used->idle_since = now;
    used->request.clear();
    if (spare_buffers_.size() < most_spare_buffers) spare_buffers_.push_back(std::move(used->buffer));
    used->buffer.reset();
    owner.kept.push_back(used.which_);
    idle_.splice(idle_.end(), in_use_, used.which_);
    used.pool_ = nullptr;
}

void connection_pool::close_idle(idle_connections& owner) {
    for (const auto which : owner.kept)
        idle_.erase(which);
    owner.kept.clear();
}

void connection_pool::close_idle_since(monotonic_time before) {
    while (!idle_.empty() && idle_.front().idle_since <= before)
        close_oldest_idle();
}

void connection_pool::close_opened_before(monotonic_time when) {
    for (auto at = idle_.begin(); at != idle_.end();) {
        const auto next = std::next(at);
        if (at->opened <= when) {
            std::erase(at->owner->kept, at);
            idle_.erase(at);
        }
        at = next;
    }
}

void connection_pool::close_oldest(std::size_t count) {
    for (; count > 0 && !idle_.empty(); --count)
        close_oldest_idle();
}

void connection_pool::close_oldest_idle() {
    if (idle_.empty()) return;
    // Both lists are in the order of giving back, so it is the first of its endpoint too.
    auto& kept = idle_.front().owner->kept;
    kept.erase(kept.begin());
    idle_.pop_front();
}

}  // namespace postrider::delivery
