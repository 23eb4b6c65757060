#include "difference_watch.h"

#include <algorithm>

namespace postrider::daemon {

difference_watch::news difference_watch::note(const queue::reckoning& found) {
    if (!found.settled) return news::none;
    const auto known = differing_.find(found.partition);
    if (found.adds_up()) {
        const bool stood = known != differing_.end() && known->second.stands;
        forget(found.partition);
        return stood ? news::ended : news::none;
    }
    if (known == differing_.end()) {
        differing_.emplace(found.partition, difference());
        return news::none;
    }
    difference& told = known->second;
    const bool is_same = told.stands && told.missing == found.missing() &&
                         told.missing_dead_letters == found.missing_dead_letters();
    if (is_same) return news::none;
    const bool stood = told.stands;
    told = difference{true, found.missing(), found.missing_dead_letters()};
    return stood ? news::changed : news::began;
}

std::size_t difference_watch::standing() const noexcept {
    return static_cast<std::size_t>(std::count_if(differing_.begin(), differing_.end(),
                                                  [](const auto& one) { return one.second.stands; }));
}

}  // namespace postrider::daemon
