#include "moved_accounts.h"

#include <algorithm>
#include <utility>

namespace postrider::queue {

namespace {

/// Takes at most so much off a counter and gives how much it was.
std::int64_t take(account& sums, const char* name, std::int64_t most) {
    const std::int64_t taken = std::clamp<std::int64_t>(most, 0, std::max<std::int64_t>(sums[name], 0));
    sums[name] -= taken;
    return taken;
}

account take_share(account& sums, const reckoning& found) {
    account share;
    share["dead"] = take(sums, "dead", found.dead_letters);
    share["expired"] = found.dead_letters - share["dead"];
    sums["expired"] -= share["expired"];
    share["accepted"] = found.live + found.dead_letters;
    sums["accepted"] -= share["accepted"];
    std::erase_if(share, [](const auto& counter) { return counter.second == 0; });
    return share;
}

}  // namespace

std::vector<account> share_accounts(account sums, const std::vector<reckoning>& found) {
    std::vector<account> shares(found.size());
    for (std::size_t partition = 1; partition < found.size(); ++partition)
        shares[partition] = take_share(sums, found[partition]);
    std::erase_if(sums, [](const auto& counter) { return counter.second == 0; });
    if (!shares.empty()) shares[0] = std::move(sums);
    return shares;
}

}  // namespace postrider::queue
