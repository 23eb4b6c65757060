#include "member_list.h"

namespace postrider::queue {

namespace {
constexpr std::size_t most_removed = 128;
}

member_list::member_list(std::string self, milliseconds lease, bool exclusive, const time_source& time)
    : self_(std::move(self)), lease_(lease), exclusive_(exclusive), time_(time) {}

void member_list::note_read(const records& read) {
    const monotonic_time now = time_.monotonic_now();
    std::map<std::string, sighting> seen;
    for (const auto& [id, record] : read) {
        const auto known = seen_.find(id);
        const bool stood_still = known != seen_.end() && known->second.record == record;
        seen.emplace(id, sighting{record, stood_still ? known->second.since : now});
    }
    seen_ = std::move(seen);
}

bool member_list::is_gone(const std::string& id, const sighting& seen) const {
    if (id == self_) return false;
    return exclusive_ || time_.monotonic_now() - seen.since >= lease_;
}

std::vector<member> member_list::live() const {
    std::vector<member> found;
    for (const auto& [id, seen] : seen_) {
        if (is_gone(id, seen)) continue;
        if (auto one = decode_member(id, seen.record)) found.push_back(std::move(*one));
    }
    return found;
}

member_list::records member_list::gone() const {
    records found;
    for (const auto& [id, seen] : seen_)
        if (found.size() < most_removed && is_gone(id, seen)) found.emplace_back(id, seen.record);
    return found;
}

}  // namespace postrider::queue
