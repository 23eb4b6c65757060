#include <postrider/base/json_text.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

namespace postrider {
namespace {

bool stands_for_itself(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

std::size_t counted_one_by_one(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, stands_for_itself) - text.begin());
}

TEST(json_text, finds_each_byte_that_is_special_wherever_it_is) {
    // Bytes are looked at one by one, by eights and by sixteens, the last of them again with those before.
    for (const std::size_t length : {7U, 8U, 15U, 16U, 20U, 40U}) {
        for (int byte = 0; byte < 256; ++byte) {
            for (std::size_t place = 0; place < length; ++place) {
                std::string text(length, 'x');
                text[place] = static_cast<char>(byte);
                EXPECT_EQ(plain_json_prefix(text), counted_one_by_one(text)) << byte << " at " << place;
            }
        }
    }
}

TEST(json_text, of_nothing_is_nothing) {
    EXPECT_EQ(plain_json_prefix(""), 0u);
}

RC_GTEST_PROP(json_text, is_what_counting_one_by_one_gives, (const std::string& text)) {
    RC_ASSERT(plain_json_prefix(text) == counted_one_by_one(text));
}

}  // namespace
}  // namespace postrider
