#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace postrider {
namespace {

TEST(sha256, gives_the_known_answers) {
    EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(sha256({"abc"})), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

RC_GTEST_PROP(sha256, takes_parts_as_one_text, (const std::string& left, const std::string& right)) {
    RC_ASSERT(sha256({left, right}) == sha256({left + right}));
}

TEST(equal_constant_time, compares_texts) {
    EXPECT_TRUE(equal_constant_time("", ""));
    EXPECT_TRUE(equal_constant_time(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
    EXPECT_FALSE(equal_constant_time(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
    EXPECT_FALSE(equal_constant_time("same", "sama"));
    EXPECT_FALSE(equal_constant_time("same", "same "));
    EXPECT_FALSE(equal_constant_time("", "x"));
}

}  // namespace
}  // namespace postrider
