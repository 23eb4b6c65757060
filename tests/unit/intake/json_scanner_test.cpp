#include <gtest/gtest.h>
#include <intake/json_scanner.h>
#include <intake/json_string.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace postrider::intake {
namespace {

using namespace std::string_literals;

bool is_json(std::string_view text) {
    json_scanner scanner(text);
    std::string_view value;
    const bool good = scanner.read_value(value) && scanner.read_end();
    EXPECT_EQ(good, scanner.fault().empty()) << text;
    return good;
}

TEST(json_scanner_test, takes_json) {
    for (const std::string_view text : {"null",
                                        "true",
                                        "false",
                                        "0",
                                        "-0",
                                        "12",
                                        "-1.5",
                                        "1e5",
                                        "1E+5",
                                        "1.25e-7",
                                        "\"\"",
                                        "\"a\"",
                                        "[]",
                                        "{}",
                                        " [ 1 , 2 ] ",
                                        "\t{\r\n\"a\" : [ { } , [ ] ] }\n",
                                        R"({"a":1,"a":2})",
                                        R"("\"\\\/\b\f\n\r\t\u00e9")",
                                        R"("\ud83d\udcec")",
                                        "\"\xF0\x9F\x93\xAC\"",
                                        "\"\x7f\"",
                                        "12345678901234567890123456789012345678901234567890",
                                        "1e999999",
                                        "0.1000000000000000055511151231257827021181583404541015625"})
        EXPECT_TRUE(is_json(text)) << text;
}

TEST(json_scanner_test, refuses_what_is_none) {
    for (const std::string& text : {""s,
                                    " "s,
                                    "nul"s,
                                    "nulll"s,
                                    "True"s,
                                    "NaN"s,
                                    "Infinity"s,
                                    "+1"s,
                                    "01"s,
                                    "-"s,
                                    "1."s,
                                    ".5"s,
                                    "1e"s,
                                    "1e+"s,
                                    "0x1"s,
                                    "1 2"s,
                                    "[1 2]"s,
                                    "[1,]"s,
                                    "[,1]"s,
                                    "["s,
                                    "]"s,
                                    "[}"s,
                                    "{]"s,
                                    "{"s,
                                    "{\"a\"}"s,
                                    "{\"a\":}"s,
                                    "{\"a\":1,}"s,
                                    "{a:1}"s,
                                    "{1:1}"s,
                                    "{\"a\" 1}"s,
                                    "{\"a\":1 \"b\":2}"s,
                                    "'a'"s,
                                    "\""s,
                                    "\"a"s,
                                    "\"\\\""s,
                                    "\"\\x41\""s,
                                    "\"\\u12\""s,
                                    "\"\\u12G4\""s,
                                    "\"a\nb\""s,
                                    "\"a\tb\""s,
                                    "\"\0\""s,
                                    "1\0"s,
                                    "\0"s,
                                    "// a\n1"s,
                                    "1 /* a */"s,
                                    "\f1"s,
                                    "\xC2\xA0"
                                    "1"s,
                                    "[1]]"s,
                                    "{}{}"s,
                                    "\xEF\xBB\xBF{}"s,
                                    "\"\\u\""s,
                                    "\"\\u0000"s})
        EXPECT_FALSE(is_json(text)) << text;
}

TEST(json_scanner_test, refuses_text_that_is_not_unicode) {
    for (const std::string_view text :
         {"\"\xFF\"", "\"\x80\"", "\"\xC0\xAF\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "\"\xE2\x82\"",
          "\"\xC3", R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud800x")", R"("\ud800\n")",
          R"("\ud83d\u0041")", R"("\udc00\ud800")", R"("\udc00\udc00")", R"("\ud800\ue000")", "{\"\xFF\":1}",
          R"({"\ud800":1})"})
        EXPECT_FALSE(is_json(text)) << text;
}

std::string nested(std::size_t depth, std::string_view open, std::string_view close) {
    std::string text;
    for (std::size_t n = 0; n < depth; ++n)
        text += open;
    text += '0';
    for (std::size_t n = 0; n < depth; ++n)
        text += close;
    return text;
}

TEST(json_scanner_test, depth_is_counted_from_the_outermost_value) {
    EXPECT_TRUE(is_json(nested(32, "[", "]")));
    EXPECT_FALSE(is_json(nested(33, "[", "]")));
    EXPECT_TRUE(is_json(nested(32, "{\"a\":", "}")));
    EXPECT_FALSE(is_json(nested(33, "{\"a\":", "}")));
    EXPECT_TRUE(is_json(nested(16, "{\"a\":[", "]}")));
    EXPECT_FALSE(is_json(nested(1000000, "[", "")));

    std::vector<json_member> members;
    const auto data = [](std::size_t depth) { return "{\"data\":" + nested(depth, "[", "]") + "}"; };
    const auto fits = data(31);
    const auto too_deep = data(32);
    EXPECT_TRUE(json_scanner(fits).read_object(members));
    EXPECT_FALSE(json_scanner(too_deep).read_object(members));
}

TEST(json_scanner_test, gives_members_as_they_stand) {
    const std::string_view text = " { \"a\" : [1, 2] ,\"\\u0062\":{ \"x\" :1.50 }, \"c\":\"d\\n\"}  ";
    json_scanner scanner(text);
    std::vector<json_member> members;
    ASSERT_EQ(scanner.peek(), '{');
    ASSERT_TRUE(scanner.read_object(members));
    EXPECT_TRUE(scanner.read_end());
    ASSERT_EQ(members.size(), 3U);
    EXPECT_EQ(members[0].name, "\"a\"");
    EXPECT_EQ(members[0].value, "[1, 2]");
    EXPECT_EQ(members[1].name, "\"\\u0062\"");
    EXPECT_EQ(members[1].value, "{ \"x\" :1.50 }");
    EXPECT_EQ(members[2].value, "\"d\\n\"");
}

TEST(json_scanner_test, walks_through_arrays) {
    json_scanner scanner("[1, {\"a\":[]} ,\"x\"]");
    ASSERT_TRUE(scanner.enter_array());
    std::vector<std::string_view> values;
    while (scanner.next_element())
        ASSERT_TRUE(scanner.read_value(values.emplace_back()));
    EXPECT_TRUE(scanner.read_end());
    EXPECT_EQ(values, (std::vector<std::string_view>{"1", "{\"a\":[]}", "\"x\""}));
    for (const std::string_view odd : {"[1,]", "[1 2]", "[,1]", "[1", "[", "[1,"}) {
        json_scanner other(odd);
        ASSERT_TRUE(other.enter_array());
        std::string_view value;
        while (other.next_element() && other.read_value(value)) {
        }
        EXPECT_FALSE(other.read_end()) << odd;
    }
}

TEST(json_string_test, decodes_escapes) {
    EXPECT_EQ(decode_json_string(R"("a\"\\\/\b\f\n\r\t")"), "a\"\\/\b\f\n\r\t");
    EXPECT_EQ(decode_json_string(R"("\u0041\u00e9\u20AC\ud83d\udcec!")"),
              "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x93\xAC!");
    EXPECT_EQ(decode_json_string(R"("\u0000")"), "\0"s);
    EXPECT_EQ(decode_json_string("\"\""), "");
}

/// What we refuse and the other parser does not, on purpose: a byte order mark. What it refuses and we take:
/// numbers that do not fit into a double.
bool both_may_differ(std::string_view text) {
    return text.starts_with("\xEF\xBB\xBF") || text.find_first_of("eE") != std::string_view::npos;
}

nlohmann::json random_json(int depth);
nlohmann::json random_scalar() {
    switch (*rc::gen::inRange(0, 6)) {
        case 0:
            return nullptr;
        case 1:
            return *rc::gen::arbitrary<bool>();
        case 2:
            return *rc::gen::arbitrary<std::int64_t>();
        case 3:
            return *rc::gen::inRange(-1000, 1000) / 8.0;
        default:
            return *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    }
}
nlohmann::json random_json(int depth) {
    const int kind = depth == 0 ? 0 : *rc::gen::inRange(0, 3);
    if (kind == 0) return random_scalar();
    nlohmann::json out = kind == 1 ? nlohmann::json::array() : nlohmann::json::object();
    const int size = *rc::gen::inRange(0, 4);
    for (int n = 0; n < size; ++n)
        if (kind == 1)
            out.push_back(random_json(depth - 1));
        else
            out["k" + std::to_string(n) + "\xC3\xA9\""] = random_json(depth - 1);
    return out;
}

/// One small fault, or a change that is none: the other parser says which.
std::string mutate(std::string text) {
    static constexpr std::string_view bytes(
        "{}[]:,\"\\u0123456789abcdDEF-+.tfn \t\n\x01\x7f\x80\xC3\xA9\xED\xA0\xEF\xBB\xBF\xF0\x9F");
    const auto changes = *rc::gen::inRange(1, 4);
    for (int n = 0; n < changes && !text.empty(); ++n) {
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
        const char byte = bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())];
        switch (*rc::gen::inRange(0, 4)) {
            case 0:
                text.erase(at, 1);
                break;
            case 1:
                text.insert(at, 1, byte);
                break;
            case 2:
                text[at] = byte;
                break;
            default:
                text.resize(at);
        }
    }
    return text;
}

TEST(json_scanner_test, agrees_with_another_parser) {
    EXPECT_TRUE(rc::check("what nlohmann::json writes is taken", [] {
        const auto value = random_json(5);
        RC_ASSERT(is_json(value.dump()));
        RC_ASSERT(is_json(value.dump(2, ' ', true)));
    }));
    EXPECT_TRUE(rc::check("mutations are judged alike", [] {
        for (int n = 0; n < 20; ++n) {
            const auto text = mutate(random_json(3).dump(-1, ' ', *rc::gen::arbitrary<bool>()));
            if (both_may_differ(text)) continue;
            RC_LOG() << text;
            RC_ASSERT(is_json(text) == nlohmann::json::accept(text));
        }
    }));
    EXPECT_TRUE(rc::check("decoded strings are equal", [] {
        const auto text = *rc::gen::container<std::u16string>(rc::gen::inRange<char16_t>(1, 0xD7FF));
        std::string raw = "\"";
        for (const char16_t unit : text) {
            char escaped[8];
            std::snprintf(escaped, sizeof(escaped), "\\u%04x", static_cast<unsigned>(unit));
            raw += escaped;
        }
        raw += '"';
        RC_ASSERT(decode_json_string(raw) == nlohmann::json::parse(raw).get<std::string>());
    }));
}

}  // namespace
}  // namespace postrider::intake
