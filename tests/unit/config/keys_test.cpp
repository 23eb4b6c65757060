#include "config/keys.h"

#include <gtest/gtest.h>

#include <string>

namespace postrider::config {
namespace {

TEST(Keys, NearestByEditDistance) {
    EXPECT_EQ(nearest_key("retyr", keys::endpoint), "retry");
    EXPECT_EQ(nearest_key("ulr", keys::endpoint), "url");
    EXPECT_EQ(nearest_key("concurency", keys::endpoint), "concurrency");
    EXPECT_EQ(nearest_key("allow_private_networks", keys::endpoint), "allow_private_network");
    EXPECT_EQ(nearest_key("Events", keys::endpoint), "events");
    EXPECT_EQ(nearest_key("max_body_byte", keys::limits), "max_body_bytes");
    EXPECT_EQ(nearest_key("delay", keys::delay), "delay_seconds");
    EXPECT_EQ(nearest_key("", keys::listen), "admin");
    EXPECT_FALSE(nearest_key(std::string(1'000'000, 'x'), keys::top).empty());
}

}  // namespace
}  // namespace postrider::config
