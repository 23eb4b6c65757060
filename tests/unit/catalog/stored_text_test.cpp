#include "catalog/stored_text.h"

#include <gtest/gtest.h>

namespace postrider::catalog {
namespace {

wall_time at(std::int64_t count) {
    return wall_time(milliseconds(count));
}

entry example() {
    entry made;
    made.id = "ep_1";
    made.tenant = "acme";
    made.settings = secret(R"({"url":"https://x.example/","secret":"s","note":",\"settings\":{}"})");
    made.created_at = at(1'763'714'201'123);
    made.updated_at = at(1'763'714'201'124);
    return made;
}

TEST(stored_entry, comes_back_with_its_settings_to_the_byte) {
    const entry made = example();
    const auto back = decode_entry("ep_1", encode_entry(made));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->id, "ep_1");
    EXPECT_EQ(back->tenant, "acme");
    EXPECT_EQ(back->settings, made.settings);
    EXPECT_EQ(back->created_at, made.created_at);
    EXPECT_EQ(back->updated_at, made.updated_at);
}

TEST(stored_entry, is_json) {
    EXPECT_EQ(encode_entry(example()).reveal(),
              R"({"created_at":1763714201123,"tenant":"acme","updated_at":1763714201124,)"
              R"("settings":{"url":"https://x.example/","secret":"s","note":",\"settings\":{}"}})");
}

TEST(stored_entry, a_tenant_cannot_pose_as_settings) {
    entry made = example();
    made.tenant = R"(a","settings":{"url":"https://evil.example/"},"x":")";
    const auto back = decode_entry("ep_1", encode_entry(made));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->tenant, made.tenant);
    EXPECT_EQ(back->settings, made.settings);
}

TEST(stored_entry, other_texts_are_refused) {
    for (const char* text :
         {"", "{}", "null", R"({"tenant":"a","created_at":1,"updated_at":1})",
          R"({"tenant":"a","created_at":1,"updated_at":1,"settings":7})",
          R"({"tenant":"a","created_at":1,"updated_at":1,"settings":{})",
          R"({"tenant":7,"created_at":1,"updated_at":1,"settings":{}})",
          R"({"tenant":"a","created_at":"1","updated_at":1,"settings":{}})",
          R"({"tenant":"a","created_at":1,"settings":{}})", R"([1,"settings":{}})",
          R"({"tenant":"a","created_at":1,"updated_at":253402300800000,"settings":{}})",
          R"({"tenant":"a","created_at":18446744073709551615,"updated_at":1,"settings":{}})"})
        EXPECT_FALSE(decode_entry("ep_1", secret(text))) << text;
}

TEST(stored_standing, is_read) {
    const auto read = decode_standing(R"({"url":"https://x/","since":17,"disabled":"gone","paused":true})");
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->paused);
    EXPECT_EQ(read->disabled, standing::disablement::gone);
    EXPECT_EQ(read->since, at(17));
    EXPECT_EQ(read->url_text, "https://x/");
    EXPECT_EQ(decode_standing(R"({"url":"","since":1,"disabled":"failing","paused":false})")->disabled,
              standing::disablement::failing);
    EXPECT_EQ(decode_standing(R"({"url":"","since":1,"disabled":"","paused":true})")->disabled,
              standing::disablement::none);
}

TEST(stored_standing, other_texts_are_refused) {
    for (const char* text :
         {"", "7", "{}", R"({"url":"","since":1,"disabled":"odd","paused":true})",
          R"({"url":"","since":1,"disabled":"gone","paused":1})",
          R"({"url":"","since":"1","disabled":"gone","paused":true})",
          R"({"url":"","since":1,"paused":true})", R"({"since":1,"disabled":"gone","paused":true})",
          R"({"url":"","since":-9223372036854775808,"disabled":"gone","paused":true})"})
        EXPECT_FALSE(decode_standing(text)) << text;
}

}  // namespace
}  // namespace postrider::catalog
