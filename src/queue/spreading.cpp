#include "spreading.h"

#include <algorithm>
#include <numeric>

namespace postrider::queue {
namespace {

std::uint64_t mix(std::uint64_t hash) {
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
    hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
    return hash ^ (hash >> 33);
}

std::uint64_t hash_of(const std::string& id) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char character : id)
        hash = (hash ^ static_cast<std::uint8_t>(character)) * 0x100000001b3;
    return mix(hash);
}

/// A member, as the partitions of one residue see it.
struct bidder {
    std::uint32_t index;  ///< into the caller's list
    std::uint64_t hash;
    std::uint32_t room = 0;
};

std::vector<bidder> sorted_bidders(const std::vector<spread_member>& members) {
    std::vector<bidder> bidders;
    for (std::uint32_t index = 0; index < members.size(); ++index)
        bidders.push_back({index, hash_of(members[index].id)});
    std::ranges::sort(bidders, [&](const bidder& left, const bidder& right) {
        return members[left.index].id < members[right.index].id;
    });
    return bidders;
}

bidder& best_with_room(std::vector<bidder>& bidders, std::uint32_t partition) {
    bidder* best = nullptr;
    std::uint64_t best_score = 0;
    for (bidder& one : bidders) {
        const std::uint64_t score = mix(one.hash + (std::uint64_t{partition} + 1) * 0x9e3779b97f4a7c15);
        if (one.room == 0 || (best != nullptr && score <= best_score)) continue;
        best = &one;
        best_score = score;
    }
    return *best;
}

}  // namespace

std::vector<std::uint32_t> spread_partitions(std::uint32_t partitions,
                                             const std::vector<spread_member>& members) {
    if (members.empty()) return {};
    std::vector<std::uint32_t> owner_of(partitions);
    std::vector<bidder> bidders = sorted_bidders(members);
    std::uint32_t residues = 0;
    for (const spread_member& one : members)
        residues = std::gcd(residues, std::max(one.shards, 1U));
    const auto count = static_cast<std::uint32_t>(bidders.size());
    std::uint32_t next = 0;  // whose turn it is to take one of what does not divide evenly, over all residues
    for (std::uint32_t residue = 0; residue < std::min(residues, partitions); ++residue) {
        const std::uint32_t here = (partitions - residue + residues - 1) / residues;
        for (bidder& one : bidders)
            one.room = here / count;
        for (std::uint32_t left = here % count; left > 0; --left, next = (next + 1) % count)
            ++bidders[next].room;
        for (std::uint32_t partition = residue; partition < partitions; partition += residues) {
            bidder& taker = best_with_room(bidders, partition);
            --taker.room;
            owner_of[partition] = taker.index;
        }
    }
    return owner_of;
}

}  // namespace postrider::queue
