#pragma once

#include <postrider/queue/reckoning.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace postrider::queue {

/// The counters of one partition.
using account = std::map<std::string, std::int64_t>;

/// The accounts of partitions that were just filled from others: each has accepted what is live in it, and
/// its dead letters died there; all that is history goes to the first, with whatever did not add up before.
/// The sums over all partitions stay what they were.
[[nodiscard]] std::vector<account> share_accounts(account sums, const std::vector<reckoning>& found);

}  // namespace postrider::queue
