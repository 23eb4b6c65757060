#include "challenges.h"

#include "challenge.h"

#include <array>

namespace postrider::dispatch {

namespace {

/// Before the next challenge, when the last was not answered.
constexpr std::array pauses{std::chrono::seconds(10), std::chrono::seconds(60), std::chrono::seconds(300),
                            std::chrono::seconds(1800)};

}  // namespace

void challenges::adopt(const subscription::snapshot& snapshot, const standing_map& standings) {
    waiting_.clear();
    std::map<std::string, progress> kept;
    for (const auto& endpoint : snapshot.endpoints()) {
        if (endpoint->verification == verification::none || !endpoint->enabled) continue;
        const std::string name = endpoint->queue_name();
        const auto found = standings.find(name);
        if (!awaits_verification(*endpoint, found == standings.end() ? standing() : found->second)) continue;
        waiting_.push_back(endpoint);
        const auto known = progress_.find(name);
        const bool same = known != progress_.end() && known->second.url_text == endpoint->url_text;
        kept.emplace(name, same ? known->second : progress{endpoint->url_text, 0, monotonic_time()});
    }
    progress_ = std::move(kept);
}

void challenges::run(const std::function<bool(std::uint32_t partition)>& owns) {
    const monotonic_time now = time_.monotonic_now();
    for (const auto& endpoint : waiting_) {
        const std::string name = endpoint->queue_name();
        progress& known = progress_.at(name);
        if (known.sent > pauses.size() || now < known.next) continue;
        const std::uint32_t partition = keys_.partition_of(name);
        if (!owns(partition)) continue;
        // As many are under way as may: the others have their turn a second later.
        if (!tests_->begin(endpoint, partition, std::string(challenge_type))) return;
        if (known.sent < pauses.size()) known.next = now + pauses.at(known.sent);
        ++known.sent;
    }
}

}  // namespace postrider::dispatch
