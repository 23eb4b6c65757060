#include "admin/answer.h"

#include <gtest/gtest.h>

#include <ctime>

namespace postrider::admin {
namespace {

std::string code_of(const http::response& response) {
    return json::parse(response.body)["code"];
}

TEST(answer_test, an_object_is_read) {
    EXPECT_EQ(read_object(R"({"a": {"b": [1]}, "c": {"b": 2}})")->dump(), R"({"a":{"b":[1]},"c":{"b":2}})");
    EXPECT_EQ(read_object("", true)->dump(), "{}");
}

class not_json : public ::testing::TestWithParam<std::string> {};

TEST_P(not_json, is_refused) {
    const auto read = read_object(GetParam());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().status, 400);
    EXPECT_EQ(code_of(read.error()), "invalid_json");
    EXPECT_EQ(read.error().content_type, "application/problem+json");
}

INSTANTIATE_TEST_SUITE_P(answer_test, not_json,
                         ::testing::Values("", "{", "{}x", R"({"a":1,"a":2})", R"({"a":{"b":1,"b":1}})",
                                           "{\"a\":\"\xff\"}", R"({"a":"\ud800"})", R"({"a":1e999})",
                                           R"({"a":)" + std::string(40, '[') + std::string(40, ']') + "}",
                                           std::string(200'000, '[')));

TEST(answer_test, thirty_two_levels_are_read) {
    EXPECT_TRUE(read_object(R"({"a":)" + std::string(31, '[') + std::string(31, ']') + "}"));
    EXPECT_FALSE(read_object(R"({"a":)" + std::string(32, '[') + std::string(32, ']') + "}"));
}

std::string object_of(std::size_t names) {
    std::string text = "{";
    for (std::size_t n = 0; n < names; ++n)
        text += (n == 0 ? "\"" : ",\"") + std::to_string(n) + "\":1";
    return text + "}";
}

/// Its time would grow with the square of their number, on the thread that delivers.
TEST(answer_test, an_object_of_thousands_of_names_is_refused_at_once) {
    EXPECT_TRUE(read_object(object_of(1000)));
    const auto begun = std::clock();  // of this process alone
    const auto read = read_object(object_of(200'000));
    EXPECT_LT(std::clock() - begun, 5 * CLOCKS_PER_SEC);  // it was half a minute
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().status, 400);
    EXPECT_NE(read.error().body.find("more than 1000 names"), std::string::npos);
}

TEST(answer_test, other_json_is_no_object) {
    for (const auto* text : {"[]", "1", "null", "\"a\""}) {
        const auto read = read_object(text);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().status, 422);
    }
}

TEST(answer_test, faults_are_told_field_by_field) {
    const auto unknown = find_unknown(json::parse(R"({"a":1,"b":2,"c":3})"), {"b"});
    ASSERT_EQ(unknown.size(), 2U);
    const auto answer = invalid(unknown);
    EXPECT_EQ(answer.status, 422);
    const auto document = json::parse(answer.body);
    EXPECT_EQ(document["code"], "invalid_request");
    EXPECT_EQ(document["errors"][0]["field"], "a");
    EXPECT_EQ(document["errors"][1]["field"], "c");
    EXPECT_EQ(document["detail"], "a: is not known here");
}

TEST(answer_test, bytes_that_are_no_text_do_not_break_an_answer) {
    const auto out = answer(200, json{{"error", "\xff"}});
    EXPECT_EQ(out.body, "{\"error\":\"\xEF\xBF\xBD\"}");
}

}  // namespace
}  // namespace postrider::admin
