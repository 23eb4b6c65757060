#include <postrider/base/append.h>

#include <gtest/gtest.h>

namespace postrider {
namespace {

TEST(append_all, puts_the_pieces_behind_what_is_there) {
    std::string out = "a";
    append_all(out, "bc", std::string("d"), std::string_view(), std::string_view("\0e", 2));
    EXPECT_EQ(out, std::string("abcd\0e", 6));
    append_all(out, "");
    EXPECT_EQ(out.size(), 6U);
}

}  // namespace
}  // namespace postrider
