#include <postrider/net/interfaces.h>

#include <gtest/gtest.h>

#include <algorithm>

namespace postrider::net {
namespace {

TEST(machine_addresses, are_those_of_all_interfaces_each_once) {
    const auto all = machine_addresses();
    ASSERT_TRUE(all);
    EXPECT_NE(std::ranges::find(*all, *ip_address::parse("127.0.0.1")), all->end());
    EXPECT_TRUE(std::ranges::is_sorted(*all));
    EXPECT_EQ(std::ranges::adjacent_find(*all), all->end());
}

}  // namespace
}  // namespace postrider::net
