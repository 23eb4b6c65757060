#include <postrider/http/message.h>
#include <postrider/http/utf8.h>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <string>

namespace postrider::http {
namespace {

using namespace std::string_literals;

std::string json_text(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(message_test, a_problem_is_what_rfc_9457_says) {
    const auto answer = problem(422, "invalid_event", "`type` is missing");
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.content_type, "application/problem+json");
    EXPECT_EQ(answer.body,
              R"({"type":"about:blank","title":"Unprocessable Content","status":422,"code":"invalid_event",)"
              R"("detail":"`type` is missing"})");
}

TEST(message_test, headers_are_found_in_any_case) {
    request request;
    request.headers = {{"Content-Type", "a"}, {"content-type", "b"}, {"Empty", ""}};
    EXPECT_EQ(request.header("CONTENT-TYPE"), "a");
    EXPECT_EQ(request.header("Other"), "");
    EXPECT_TRUE(request.has_header("empty"));
    EXPECT_FALSE(request.has_header("Content"));
}

TEST(message_test, strings_are_escaped) {
    EXPECT_EQ(json_text("a\"b\\c\n\r\t"), R"("a\"b\\c\n\r\t")");
    EXPECT_EQ(json_text("\0\x1f\x7f"s), R"("\u0000\u001f\u007f")");
    EXPECT_EQ(json_text("caf\xC3\xA9 \xF0\x9F\x93\xAC"), "\"caf\xC3\xA9 \xF0\x9F\x93\xAC\"");
    EXPECT_EQ(json_text("\xFF|\xC3|\xED\xA0\x80"),
              "\"\xEF\xBF\xBD|\xEF\xBF\xBD|\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(message_test, any_bytes_become_json_that_others_read) {
    EXPECT_TRUE(rc::check("escaped strings parse", [](const std::string& text) {
        const auto parsed = nlohmann::json::parse(json_text(text), nullptr, false);
        RC_ASSERT(parsed.is_string());
    }));
}

TEST(utf8_test, takes_exactly_rfc_3629) {
    EXPECT_EQ(utf8_sequence_length("a"), 1U);
    EXPECT_EQ(utf8_sequence_length("\xC2\x80"), 2U);
    EXPECT_EQ(utf8_sequence_length("\xE0\xA0\x80"), 3U);
    EXPECT_EQ(utf8_sequence_length("\xEF\xBF\xBF"), 3U);
    EXPECT_EQ(utf8_sequence_length("\xF0\x90\x80\x80"), 4U);
    EXPECT_EQ(utf8_sequence_length("\xF4\x8F\xBF\xBF"), 4U);
    for (const std::string_view bad :
         {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF", "\xE2\x82", "\xED\xA0\x80",
          "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
        EXPECT_EQ(utf8_sequence_length(bad), 0U) << json_text(bad);
}

}  // namespace
}  // namespace postrider::http
