#include <gtest/gtest.h>
#include <log/journal.h>
#include <log/line.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

namespace postrider::log {
namespace {

constexpr wall_time noon = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + std::chrono::hours(12);

std::string rendered(std::string_view priority, format format, level level, std::string_view message,
                     std::initializer_list<field> fields) {
    line_buffer line;
    render_line(line, priority, format, noon, level, message, fields);
    return std::string(line.text());
}

std::string text_line(std::string_view message, std::initializer_list<field> fields = {},
                      level level = level::info) {
    return rendered("", format::text, level, message, fields);
}

std::string json_line(std::string_view message, std::initializer_list<field> fields = {}) {
    return rendered("", format::json, level::info, message, fields);
}

TEST(text, looks_as_promised) {
    EXPECT_EQ(text_line("message", {{"name", "value"}, {"other", "value with space"}}),
              "2026-01-31T12:00:00.000Z info  message name=value other=\"value with space\"\n");
    EXPECT_EQ(text_line("m", {}, level::debug), "2026-01-31T12:00:00.000Z debug m\n");
    EXPECT_EQ(text_line("m", {}, level::warning), "2026-01-31T12:00:00.000Z warning m\n");
    EXPECT_EQ(text_line("m", {}, level::error), "2026-01-31T12:00:00.000Z error m\n");
}

TEST(lines, begin_with_the_priority_that_the_journal_reads) {
    EXPECT_EQ(journal_priority(level::debug), "<7>");
    EXPECT_EQ(journal_priority(level::info), "<6>");
    EXPECT_EQ(journal_priority(level::warning), "<4>");
    EXPECT_EQ(journal_priority(level::error), "<3>");
    EXPECT_EQ(rendered("<4>", format::text, level::warning, "m", {}),
              "<4>2026-01-31T12:00:00.000Z warning m\n");
}

TEST(json, looks_as_promised) {
    EXPECT_EQ(
        json_line("message", {{"name", "value"}, {"count", 3}}),
        R"({"time":"2026-01-31T12:00:00.000Z","level":"info","message":"message","name":"value","count":3})"
        "\n");
}

TEST(values, of_every_type_are_written) {
    const std::string owned = "owned";
    EXPECT_EQ(
        text_line("m", {{"a", -7},
                        {"b", std::uint64_t{7}},
                        {"c", 0.25},
                        {"d", true},
                        {"e", false},
                        {"f", owned},
                        {"g", std::numeric_limits<std::int64_t>::min()}}),
        "2026-01-31T12:00:00.000Z info  m a=-7 b=7 c=0.25 d=true e=false f=owned g=-9223372036854775808\n");
    EXPECT_EQ(json_line("m", {{"a", -7}, {"c", 0.25}, {"d", true}}).substr(60),
              "\"m\",\"a\":-7,\"c\":0.25,\"d\":true}\n");
}

TEST(values, that_are_no_number_of_json_are_null) {
    EXPECT_NE(json_line("m", {{"a", std::nan("")}}).find("\"a\":null"), std::string::npos);
    EXPECT_NE(json_line("m", {{"a", HUGE_VAL}}).find("\"a\":null"), std::string::npos);
}

TEST(empty_texts, are_left_out) {
    EXPECT_EQ(text_line("m", {{"a", ""}, {"b", std::string()}, {"c", 0}}),
              "2026-01-31T12:00:00.000Z info  m c=0\n");
}

struct row {
    std::string_view value;
    const char* written;
};

using namespace std::string_view_literals;

class texts : public testing::TestWithParam<row> {};

TEST_P(texts, are_escaped) {
    const std::string line = text_line("m", {{"a", GetParam().value}});
    EXPECT_EQ(line.substr(33), "a=" + std::string(GetParam().written) + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    table, texts,
    testing::Values(row{"plain-1.0/x:y", "plain-1.0/x:y"}, row{"a b", "\"a b\""}, row{"a=b", "\"a=b\""},
                    row{"a\"b", R"("a\"b")"}, row{"a\\b", R"("a\\b")"}, row{"a\r\nb", R"("a\r\nb")"},
                    row{"a\tb", R"("a\tb")"}, row{"\0"sv, R"("\u0000")"}, row{"\x1b[31m", R"("\u001b[31m")"},
                    row{"\x7f", R"("\u007f")"}, row{"caf\xc3\xa9", "\"caf\xc3\xa9\""},
                    row{"\xc2\x9b", R"("\u009b")"}, row{"\xff", R"("\ufffd")"}, row{"a\xc3", R"("a\ufffd")"},
                    row{"\xc0\xaf", R"("\ufffd\ufffd")"}, row{"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"},
                    row{"\xe0\x80\xaf", R"("\ufffd\ufffd\ufffd")"},
                    row{"\xf0\x80\x80\xaf", R"("\ufffd\ufffd\ufffd\ufffd")"},
                    row{"\xf4\x90\x80\x80", R"("\ufffd\ufffd\ufffd\ufffd")"},
                    row{"\xf0\x9f\x93\xaf", "\"\xf0\x9f\x93\xaf\""}, row{"\xe2\x82", R"("\ufffd\ufffd")"}));

TEST(messages, are_escaped_too) {
    EXPECT_EQ(text_line("a\nb"), "2026-01-31T12:00:00.000Z info  a\\nb\n");
    EXPECT_NE(json_line("a\nb").find(R"("message":"a\nb")"), std::string::npos);
}

RC_GTEST_PROP(lines, are_one_line_of_json_whatever_they_hold,
              (const std::string& message, const std::string& value)) {
    const std::string line = json_line(message, {{"name", value}});
    RC_ASSERT(line.find('\n') == line.size() - 1);
    RC_ASSERT(line.find('\r') == std::string::npos);
    const auto read = nlohmann::json::parse(line);
    RC_ASSERT(read.contains("name") == !value.empty());
}

RC_GTEST_PROP(lines, are_one_line_of_text_whatever_they_hold, (const std::string& value)) {
    const std::string line = text_line("m", {{"name", value}});
    for (const char letter : line.substr(0, line.size() - 1)) {
        RC_ASSERT((static_cast<unsigned char>(letter) >= 0x20 && letter != 0x7f));
    }
}

TEST(long_texts, are_cut) {
    const std::string line = json_line("m", {{"a", std::string(5000, 'x')}});
    EXPECT_NE(line.find("\"" + std::string(1024, 'x') + "…\""), std::string::npos);
    EXPECT_EQ(line.find(std::string(1025, 'x')), std::string::npos);
    EXPECT_NE(json_line("m", {{"a", std::string(1024, 'x')}}).find(std::string(1024, 'x') + "\""),
              std::string::npos);
}

TEST(long_texts, are_cut_between_characters) {
    for (std::size_t before = 1020; before <= 1024; ++before) {
        const std::string value = std::string(before, 'x') + "\xf0\x9f\x93\xaf" + std::string(10, 'y');
        const auto read = nlohmann::json::parse(json_line("m", {{"a", value}}));
        const auto written = read["a"].get<std::string>();
        const std::string expected = before == 1020 ? value.substr(0, 1024) : std::string(before, 'x');
        EXPECT_EQ(written, expected + "…") << before;
    }
}

}  // namespace
}  // namespace postrider::log
