#include <cli/api.h>
#include <gtest/gtest.h>

namespace postrider::cli {
namespace {

TEST(with_query, encodes_names_and_values_and_leaves_out_the_empty) {
    EXPECT_EQ(with_query("/x", {}), "/x");
    EXPECT_EQ(with_query("/x", {{"a", ""}, {"b", "1"}, {"c", "2026-01-31T12:00:00+01:00"}}),
              "/x?b=1&c=2026-01-31T12%3A00%3A00%2B01%3A00");
    EXPECT_EQ(with_query("/x", {{"a", "ü&=\r\n"}}), "/x?a=%C3%BC%26%3D%0D%0A");
}

TEST(as_segment, keeps_a_name_within_its_segment) {
    EXPECT_EQ(as_segment("ep_A-1.x~"), "ep_A-1.x~");
    EXPECT_EQ(as_segment("../a b?c#d"), "..%2Fa%20b%3Fc%23d");
}

}  // namespace
}  // namespace postrider::cli
