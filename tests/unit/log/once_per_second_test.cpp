#include <postrider/log/once_per_second.h>

#include <gtest/gtest.h>

namespace postrider::log {
namespace {

TEST(once_per_second, lets_one_line_through) {
    using namespace std::chrono;
    once_per_second gate;
    const monotonic_time start{hours(1)};
    EXPECT_TRUE(gate.allow(start));
    EXPECT_FALSE(gate.allow(start));
    EXPECT_FALSE(gate.allow(start + 999ms));
    EXPECT_TRUE(gate.allow(start + 1s));
    EXPECT_FALSE(gate.allow(start + 1s + 999ms));
    EXPECT_TRUE(gate.allow(start + 1h));
}

}  // namespace
}  // namespace postrider::log
