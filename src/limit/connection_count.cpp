#include <postrider/limit/connection_count.h>

#include <algorithm>

namespace postrider::limit {
namespace {

ip_address peer_of(ip_address address) noexcept {
    constexpr std::ptrdiff_t network_bytes = 8;
    if (address.v6) std::fill(address.bytes.begin() + network_bytes, address.bytes.end(), std::uint8_t{0});
    return address;
}

}  // namespace

connection_count::verdict connection_count::admit(const ip_address& peer, const limits& limits) {
    const std::lock_guard lock(mutex_);
    if (all_ >= limits.all) return verdict::too_many;
    const auto [known, is_new] = by_peer_.try_emplace(peer_of(peer), 0);
    // The limit is at least 1, so a peer that is refused is one that has connections.
    if (known->second >= limits.of_peer) return verdict::too_many_of_peer;
    ++known->second;
    ++all_;
    return verdict::admitted;
}

void connection_count::release(const ip_address& peer) noexcept {
    const std::lock_guard lock(mutex_);
    const auto known = by_peer_.find(peer_of(peer));
    if (known == by_peer_.end()) return;
    --all_;
    if (--known->second == 0) by_peer_.erase(known);
}

std::size_t connection_count::all() const {
    const std::lock_guard lock(mutex_);
    return all_;
}

}  // namespace postrider::limit
