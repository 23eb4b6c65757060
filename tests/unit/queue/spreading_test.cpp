#include "queue/spreading.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace postrider::queue {
namespace {

std::vector<spread_member> members_of(std::initializer_list<std::uint32_t> shards) {
    std::vector<spread_member> members;
    for (const std::uint32_t count : shards)
        members.push_back({"member-" + std::to_string(members.size()), count});
    return members;
}

struct spread_case {
    const char* name;
    std::uint32_t partitions;
    std::vector<spread_member> members;
    std::uint32_t residues;  ///< for which the spread is even
};

const std::vector<spread_case> cases{
    {"one", 64, members_of({1}), 1},
    {"two", 64, members_of({1, 1}), 1},
    {"three with four shards each", 64, members_of({4, 4, 4}), 4},
    {"five with three shards each", 100, members_of({3, 3, 3, 3, 3}), 3},
    {"unequal shards with a common divisor", 64, members_of({2, 4}), 2},
    {"unequal shards without one", 64, members_of({2, 3}), 1},
    {"more members than partitions", 3, members_of({1, 1, 1, 1, 1}), 1},
    {"more shards than partitions", 3, members_of({8, 8}), 8},
    {"shards that nobody said", 64, members_of({0, 0}), 1},
    {"one partition", 1, members_of({2, 2}), 2},
};

void expect_even(const std::vector<std::uint32_t>& counts, const std::string& what) {
    const auto [least, most] = std::ranges::minmax(counts);
    EXPECT_LE(most - least, 1u) << what;
}

TEST(spreading, gives_everybody_the_floor_or_the_ceiling_of_each_residue_and_of_all) {
    for (const spread_case& one : cases) {
        const auto share_of = spread_partitions(one.partitions, one.members);
        ASSERT_EQ(share_of.size(), one.partitions) << one.name;
        std::vector<std::uint32_t> all(one.members.size(), 0);
        for (std::uint32_t residue = 0; residue < one.residues; ++residue) {
            std::vector<std::uint32_t> here(one.members.size(), 0);
            for (std::uint32_t partition = residue; partition < one.partitions; partition += one.residues) {
                ++here.at(share_of[partition]);
                ++all.at(share_of[partition]);
            }
            expect_even(here, one.name);
        }
        expect_even(all, one.name);
        EXPECT_EQ(std::accumulate(all.begin(), all.end(), 0u), one.partitions) << one.name;
    }
}

TEST(spreading, nobody_gets_nothing) {
    EXPECT_TRUE(spread_partitions(64, {}).empty());
}

TEST(spreading, does_not_depend_on_the_order_in_which_members_are_known) {
    auto members = members_of({2, 2, 2, 2, 2});
    const auto name_of = [&](std::uint32_t partition) {
        return members[spread_partitions(64, members)[partition]].id;
    };
    std::vector<std::string> before;
    for (std::uint32_t partition = 0; partition < 64; ++partition)
        before.push_back(name_of(partition));
    std::ranges::reverse(members);
    std::ranges::rotate(members, members.begin() + 2);
    for (std::uint32_t partition = 0; partition < 64; ++partition)
        EXPECT_EQ(name_of(partition), before[partition]);
}

std::size_t moved_by_a_join(std::uint32_t partitions, std::vector<spread_member> members, int round) {
    for (auto& one : members)
        one.id += '-' + std::to_string(round);
    const auto after = spread_partitions(partitions, members);
    members.pop_back();
    const auto before = spread_partitions(partitions, members);
    std::size_t moved = 0;
    for (std::uint32_t partition = 0; partition < partitions; ++partition)
        if (before[partition] != after[partition]) ++moved;
    return moved;
}

TEST(spreading, a_join_moves_little_more_than_it_must) {
    struct join {
        std::vector<spread_member> members;
        double must;  ///< of 64 partitions
    };
    for (const join& one : {join{members_of({2, 2}), 32}, join{members_of({2, 2, 2}), 21.3},
                            join{members_of({2, 2, 2, 2}), 16}}) {
        std::size_t moved = 0;
        constexpr int rounds = 50;
        for (int round = 0; round < rounds; ++round)
            moved += moved_by_a_join(64, one.members, round);
        EXPECT_LE(static_cast<double>(moved) / rounds, one.must * 1.25) << one.members.size();
    }
}

}  // namespace
}  // namespace postrider::queue
