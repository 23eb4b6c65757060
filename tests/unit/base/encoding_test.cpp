#include <postrider/base/encoding.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

namespace postrider {
namespace {

struct pair {
    const char* plain;
    const char* base64;
};

class base64_table : public testing::TestWithParam<pair> {};

TEST_P(base64_table, goes_both_ways) {
    EXPECT_EQ(to_base64(bytes_of(GetParam().plain)), GetParam().base64);
    EXPECT_EQ(from_base64(GetParam().base64), GetParam().plain);
}

// RFC 4648, section 10.
INSTANTIATE_TEST_SUITE_P(table, base64_table,
                         testing::Values(pair{"", ""}, pair{"f", "Zg=="}, pair{"fo", "Zm8="},
                                         pair{"foo", "Zm9v"}, pair{"foob", "Zm9vYg=="},
                                         pair{"fooba", "Zm9vYmE="}, pair{"foobar", "Zm9vYmFy"}));

class not_base64 : public testing::TestWithParam<std::string_view> {};

TEST_P(not_base64, is_refused) {
    EXPECT_EQ(from_base64(GetParam()), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(table, not_base64,
                         testing::Values("Z", "Zg", "Zg=", "Zg===", "====", "=",
                                         "Zg==Zg==", "Z===", "Zh==", "Zm9=", "Zm9v\n", "\nZm9", " Zm9v",
                                         "Zm9v    ", "Zm9v\n\n\n\n", "Zm-_", "Zm9v=Zg=", "Zm9vYg==\n",
                                         "Zm\0v", "Z\xc3\xa9v", "-m9v", "Zg=a"));

RC_GTEST_PROP(base64, brings_back_any_bytes, (const std::string& bytes)) {
    RC_ASSERT(from_base64(to_base64(bytes_of(bytes))) == bytes);
}

RC_GTEST_PROP(base64, is_canonical, (const std::string& text)) {
    const auto bytes = from_base64(text);
    if (bytes) RC_ASSERT(to_base64(bytes_of(*bytes)) == text);
}

RC_GTEST_PROP(base64, is_canonical_near_good_text, (const std::string& bytes)) {
    std::string text = to_base64(bytes_of(bytes));
    RC_PRE(!text.empty());
    const auto where = *rc::gen::inRange<std::size_t>(0, text.size());
    text[where] = *rc::gen::elementOf(std::string("ABgw+/=- \n"));
    const auto again = from_base64(text);
    if (again) RC_ASSERT(to_base64(bytes_of(*again)) == text);
}

TEST(base64url, has_no_padding_and_another_alphabet) {
    EXPECT_EQ(to_base64url(bytes_of("")), "");
    EXPECT_EQ(to_base64url(bytes_of("f")), "Zg");
    EXPECT_EQ(to_base64url(bytes_of("\xfb\xff\xfe")), "-__-");
    EXPECT_EQ(to_base64url(bytes_of("\xfb\xff")), "-_8");
}

RC_GTEST_PROP(base64url, differs_from_base64_in_two_digits_and_the_padding, (const std::string& bytes)) {
    std::string expected = to_base64(bytes_of(bytes));
    std::ranges::replace(expected, '+', '-');
    std::ranges::replace(expected, '/', '_');
    expected.erase(std::min(expected.find('='), expected.size()));
    RC_ASSERT(to_base64url(bytes_of(bytes)) == expected);
}

TEST(hex, is_lower_case) {
    EXPECT_EQ(to_hex({}), "");
    EXPECT_EQ(to_hex(bytes_of(std::string_view("\x00\x0f\xab\xff", 4))), "000fabff");
}

}  // namespace
}  // namespace postrider
