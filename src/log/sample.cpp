#include "sample.h"

#include <algorithm>
#include <cmath>

namespace postrider::log {

namespace {

std::uint64_t hash_of(std::string_view text) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char byte : text)
        hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    // The high bits of FNV-1a hardly differ among short texts that differ at their end.
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
    hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
    return hash ^ (hash >> 33);
}

}  // namespace

void sample::set(double share) noexcept {
    const double kept = std::clamp(share, 0.0, 1.0);
    share_.store(kept, std::memory_order_relaxed);
    bound_.store(kept < 1 ? static_cast<std::uint64_t>(std::ldexp(kept, 64)) : UINT64_MAX,
                 std::memory_order_relaxed);
}

bool sample::contains(std::string_view event_id) const noexcept {
    const std::uint64_t bound = bound_.load(std::memory_order_relaxed);
    return bound == UINT64_MAX || hash_of(event_id) < bound;
}

}  // namespace postrider::log
