#include "known_histories.h"

#include <algorithm>
#include <string>
#include <utility>

namespace postrider::queue {

namespace {

/// Names of endpoints that are gone are in it too: it begins anew before there are many of them.
constexpr std::size_t most_known = 100'000;

/// A list may be a little longer than it should, so that not every push has to cut (scripts/lib/noted.lua).
bool is_too_long(std::uint64_t length, std::uint64_t most) {
    constexpr std::uint64_t little = 8;
    constexpr std::uint64_t part = 16;
    return length > most + std::max(little, most / part);
}

}  // namespace

bool known_histories::take_long(std::string_view queue_name) {
    const auto found = is_long_.find(queue_name);
    return found != is_long_.end() && std::exchange(found->second, false);
}

void known_histories::note_length(std::string_view queue_name, std::uint64_t length, std::uint64_t most) {
    const auto found = is_long_.find(queue_name);
    if (found == is_long_.end()) return;
    if (length == 0)
        is_long_.erase(found);
    else if (is_too_long(length, most))
        found->second = true;
}

void known_histories::note_made(std::string_view queue_name) {
    if (has(queue_name)) return;
    if (is_long_.size() >= most_known) is_long_.clear();
    is_long_.emplace(std::string(queue_name), false);
}

}  // namespace postrider::queue
