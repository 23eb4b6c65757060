#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace postrider::queue {

struct spread_member {
    std::string id;
    std::uint32_t shards = 1;  ///< at least 1; partition p of it lies on shard p % shards
};

/// Which member each partition belongs to, as an index into `members`, whose ids are distinct. A pure
/// function of the set: the order of `members` does not matter, so daemons that see the same members agree
/// without talking.
///
/// Every member gets floor(P / M) or ceil(P / M) partitions. Where all have the same number of shards, this
/// holds for each shard too; else for the partitions of each residue modulo the greatest common divisor of
/// the numbers. A partition goes to the member with the highest hash of both that has room left, so that a
/// join or a leave moves little more than it must (docs/decisions/0016-hand-over.md has figures). No members:
/// an empty answer.
[[nodiscard]] std::vector<std::uint32_t> spread_partitions(std::uint32_t partitions,
                                                           const std::vector<spread_member>& members);

}  // namespace postrider::queue
