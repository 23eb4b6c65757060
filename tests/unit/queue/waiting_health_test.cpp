#include "queue/waiting_health.h"

#include <gtest/gtest.h>

namespace postrider::queue {
namespace {

settlement text_of(std::uint32_t partition, const std::string& queue, const std::string& text) {
    settlement item;
    item.kind = settlement_kind::save_health;
    item.partition = partition;
    item.queue_name = queue;
    item.record = text;
    return item;
}

TEST(waiting_health, keeps_the_last_of_each_queue) {
    waiting_health waiting;
    EXPECT_TRUE(waiting.empty());
    waiting.put(text_of(1, "q", "open"));
    waiting.put(text_of(2, "q", "other"));
    waiting.put(text_of(1, "q", "shut"));
    EXPECT_EQ(waiting.front().record, "shut");
    EXPECT_EQ(waiting.take_front().record, "shut");
    EXPECT_EQ(waiting.take_front().record, "other");
    EXPECT_TRUE(waiting.empty());
}

// Two calls of one text after another may both fail: what comes back is put by its age.
TEST(waiting_health, what_comes_back_gives_way_to_what_is_newer) {
    waiting_health waiting;
    waiting.put(text_of(1, "q", "first"));
    settlement first = waiting.take_front();
    waiting.put(text_of(1, "q", "second"));
    settlement second = waiting.take_front();
    waiting.put(first);
    EXPECT_EQ(waiting.front().record, "first");
    waiting.put(second);
    EXPECT_EQ(waiting.front().record, "second");
    waiting.put(first);
    EXPECT_EQ(waiting.front().record, "second");
}

TEST(waiting_health, forgets_a_partition) {
    waiting_health waiting;
    waiting.put(text_of(1, "q", "x"));
    waiting.put(text_of(2, "q", "y"));
    waiting.put(text_of(1, "p", "z"));
    waiting.forget(1);
    EXPECT_EQ(waiting.take_front().record, "y");
    EXPECT_TRUE(waiting.empty());
}

}  // namespace
}  // namespace postrider::queue
