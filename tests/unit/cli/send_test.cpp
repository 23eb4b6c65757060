#include <cli/data_argument.h>
#include <cli/send.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace postrider::cli {
namespace {

TEST(render_event, puts_the_data_in_as_it_is) {
    EXPECT_EQ(render_event({.type = "case.created", .data = "{\"n\": 1.0 }"}),
              R"({"type":"case.created","data":{"n": 1.0 }})");
    EXPECT_EQ(render_event({.type = "t", .data = "1", .id = "i", .key = "k\"\n", .tenant = "x"}),
              R"({"type":"t","id":"i","key":"k\"\n","tenant":"x","data":1})");
}

class read_data_test : public testing::Test {
 protected:
    std::istringstream in_{std::string("from\0stdin\n", 11)};
};

TEST_F(read_data_test, takes_a_text_a_file_or_standard_input_to_the_byte) {
    const auto path = std::filesystem::path(testing::TempDir()) / "postrider_data_argument";
    const std::string bytes("{\"a\": 1}\r\n\0\xff", 12);
    std::ofstream(path, std::ios::binary) << bytes;
    EXPECT_EQ(read_data("{\"a\": 1} ", in_), "{\"a\": 1} ");
    EXPECT_EQ(read_data("@" + path.string(), in_), bytes);
    EXPECT_EQ(read_data("-", in_), std::string("from\0stdin\n", 11));
    std::ofstream(path, std::ios::trunc).close();
    EXPECT_EQ(read_data("@" + path.string(), in_), "");
    std::filesystem::remove(path);
}

TEST_F(read_data_test, says_which_file_it_cannot_read_and_why) {
    EXPECT_EQ(read_data("@/nonexistent", in_).error(), "cannot read /nonexistent: No such file or directory");
    EXPECT_EQ(read_data("@/tmp", in_).error(), "cannot read /tmp: Is a directory");
}

}  // namespace
}  // namespace postrider::cli
