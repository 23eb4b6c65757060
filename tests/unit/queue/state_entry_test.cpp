#include "queue/state_entry.h"

#include <gtest/gtest.h>

namespace postrider::queue {
namespace {

using names = std::vector<std::string_view>;

TEST(state_entry, names_the_queue_of_each_line) {
    EXPECT_EQ(queues_of_entry(""), names());
    EXPECT_EQ(queues_of_entry("default.shop f1"), names{"default.shop"});
    EXPECT_EQ(queues_of_entry("a.b q0:hash@12!3\nc.d d7\ne.f k1"), (names{"a.b", "c.d", "e.f"}));
}

TEST(state_entry, leaves_out_what_is_none) {
    EXPECT_EQ(queues_of_entry("nonsense\na.b q0\n\n"), names{"a.b"});
}

}  // namespace
}  // namespace postrider::queue
