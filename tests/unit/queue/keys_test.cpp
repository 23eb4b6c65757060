#include <postrider/queue/keys.h>
#include <postrider/redis/slot.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

namespace postrider::queue {
namespace {

std::string tag_of(const keys& keys, std::uint32_t partition) {
    const std::string& base = keys.base(partition);
    const auto open = base.find('{');
    return base.substr(open + 1, base.find('}') - open - 1);
}

// From the Redis Cluster specification, and `CLUSTER KEYSLOT` of Redis 7.0.
TEST(hash_slot, is_that_of_redis_cluster) {
    EXPECT_EQ(redis::hash_slot("123456789"), 0x31c3 % 16384);
    EXPECT_EQ(redis::hash_slot("foo"), 12182);
    EXPECT_EQ(redis::hash_slot("bar"), 5061);
    EXPECT_EQ(redis::hash_slot(""), 0);
}

class tags_of : public ::testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(numbers_of_partitions, tags_of, ::testing::Values(1, 2, 3, 7, 64, 100, 1024, 4096));

TEST_P(tags_of, lie_exactly_where_an_even_share_wants_them) {
    const std::uint32_t partitions = GetParam();
    const keys keys("postrider", partitions);
    ASSERT_EQ(keys.partitions(), partitions);
    std::set<std::string> seen;
    for (std::uint32_t partition = 0; partition < partitions; ++partition) {
        const std::string tag = tag_of(keys, partition);
        EXPECT_EQ(redis::hash_slot(tag), partition * 16384 / partitions);
        EXPECT_TRUE(seen.insert(tag).second) << tag;
        EXPECT_LE(tag.size(), 5u);
    }
}

TEST(keys, more_partitions_than_slots_still_have_tags_of_their_own) {
    const keys keys("p", 20000);
    std::set<std::string> bases;
    for (std::uint32_t partition = 0; partition < 20000; ++partition)
        bases.insert(keys.base(partition));
    EXPECT_EQ(bases.size(), 20000u);
}

// What is in a store was put there under these names: they must never change.
TEST(keys, tags_and_partitions_are_the_same_for_ever) {
    const keys keys("postrider", 64);
    EXPECT_EQ(keys.base(0), "postrider:{1bz}:");
    EXPECT_EQ(keys.base(1), "postrider:{nbd}:");
    EXPECT_EQ(keys.base(63), "postrider:{abt}:");
    EXPECT_EQ(keys.partition_of("default.partner"), 0u);
    EXPECT_EQ(keys.partition_of(""), 38u);
    EXPECT_EQ(keys.partition_of("AAAAAAAAAAAAAAAAAAAAAA"), 0u);
    const queue::keys odd("postrider", 7);
    EXPECT_EQ(odd.partition_of("default.partner"), 3u);
}

TEST(keys, names_that_count_up_spread_evenly) {
    const keys keys("p", 64);
    std::map<std::uint32_t, int> names;
    for (int number = 0; number < 64 * 200; ++number)
        ++names[keys.partition_of("default.endpoint-" + std::to_string(number))];
    ASSERT_EQ(names.size(), 64u);
    for (const auto& [partition, count] : names)
        EXPECT_NEAR(count, 200, 75) << partition;
}

TEST(keys, all_begin_with_the_base_of_their_partition) {
    const keys keys("two installations", 4);
    const std::string base = keys.base(2);
    EXPECT_EQ(keys.store(), "two installations:store");
    EXPECT_EQ(keys.token(2), base + "token");
    EXPECT_EQ(keys.beat(2), base + "beat");
    EXPECT_EQ(keys.holder(2), base + "holder");
    EXPECT_EQ(keys.event(2, "ID"), base + "event:ID");
    EXPECT_EQ(keys.states(2), base + "states");
    EXPECT_EQ(keys.queue(2, "t.e"), base + "queue:t.e");
    EXPECT_EQ(keys.retry_lane(2, "t.e"), base + "again:t.e");
    EXPECT_EQ(keys.retry(2, "t.e"), base + "retry:t.e");
    EXPECT_EQ(keys.dead(2, "t.e"), base + "dead:t.e");
    EXPECT_EQ(keys.dead_record(2, "t.e", "ID"), base + "letter:t.e|ID");
    EXPECT_EQ(keys.all_dead(2), base + "dead");
    EXPECT_EQ(keys.ready(2), base + "ready");
    EXPECT_EQ(keys.due(2), base + "due");
    EXPECT_EQ(keys.inflight(2), base + "inflight");
    EXPECT_EQ(keys.counts(2), base + "counts");
    EXPECT_EQ(keys.remembered(2, "ID"), base + "id:ID");
    EXPECT_EQ(keys.order(2, "t.e", "HASH"), base + "key:t.e:HASH");
    EXPECT_EQ(keys.parked(2), base + "parked");
    EXPECT_EQ(keys.history(2, "t.e"), base + "history:t.e");
    EXPECT_EQ(keys.names(2), base + "names");
    EXPECT_EQ(keys.health(2), base + "health");
}

// SHA-256("customer-7") begins with these eight bytes. It is part of the store's format.
TEST(key_hash, is_the_beginning_of_a_digest) {
    EXPECT_EQ(key_hash(""), "");
    EXPECT_EQ(key_hash("customer-7"), "rK3l_ljQtag");
    EXPECT_EQ(key_hash(std::string(256, '\0')).size(), 11u);
}

}  // namespace
}  // namespace postrider::queue
