#include "queue/held_set.h"

#include <gtest/gtest.h>

namespace postrider::queue {
namespace {

delivery held(std::uint32_t partition, const std::string& id, std::uint32_t attempt) {
    delivery delivery;
    delivery.partition = partition;
    delivery.queue_name = "t.e";
    delivery.store_id = id;
    delivery.attempt = attempt;
    return delivery;
}

TEST(held_set, names_what_a_partition_holds) {
    held_set set;
    set.insert(held(3, "a", 1));
    set.insert(held(4, "b", 1));
    EXPECT_EQ(set.fields_of(3), std::vector<std::string>{"t.e|a"});
    EXPECT_TRUE(set.fields_of(5).empty());
    EXPECT_EQ(set.size(), 2u);
}

TEST(held_set, an_answer_about_an_earlier_attempt_ends_nothing) {
    held_set set;
    set.insert(held(3, "a", 1));
    set.insert(held(3, "a", 2));
    EXPECT_EQ(set.size(), 1u);
    set.erase(3, "t.e", "a", 1);
    EXPECT_EQ(set.size(), 1u);
    set.erase(3, "t.e", "a", 2);
    set.erase(3, "t.e", "a", 2);
    EXPECT_EQ(set.size(), 0u);
}

TEST(held_set, forgets_a_partition_whole) {
    held_set set;
    set.insert(held(3, "a", 1));
    set.insert(held(3, "b", 1));
    set.insert(held(4, "c", 1));
    set.forget(3);
    set.forget(3);
    EXPECT_EQ(set.size(), 1u);
    EXPECT_TRUE(set.fields_of(3).empty());
}

}  // namespace
}  // namespace postrider::queue
