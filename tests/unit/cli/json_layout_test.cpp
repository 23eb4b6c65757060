#include <cli/json_layout.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace postrider::cli {
namespace {

TEST(json_layout, changes_nothing_but_white_space) {
    EXPECT_EQ(
        lay_out_json(R"({"id":"a","data":{"n":1.50,"big":123456789012345678901234567890,"e":1E400}})"),
        "{\n  \"id\": \"a\",\n  \"data\": {\n    \"n\": 1.50,\n    \"big\": 123456789012345678901234567890,\n"
        "    \"e\": 1E400\n  }\n}");
    EXPECT_EQ(lay_out_json("[1 ,\t2,\r\n[ ] , { }]"), "[\n  1,\n  2,\n  [],\n  {}\n]");
    EXPECT_EQ(lay_out_json(R"("a\"{,:\\")"), R"("a\"{,:\\")");
    EXPECT_EQ(lay_out_json(" true "), "true");
}

TEST(is_json, bounds_no_number_and_takes_no_shortcut) {
    const std::string digits(400, '9');
    for (const auto& text :
         {digits, "-" + digits, "0." + digits, "1e" + digits, "1E+" + digits, "1e-" + digits,
          "\"1e" + digits + "\\\" 1e9\"", std::string("0"), std::string("[1e400,2]")})
        EXPECT_TRUE(is_json(text)) << text;
    for (const std::string& text : std::vector<std::string>{"-012", "0" + digits, "-", "1.", ".1" + digits,
                                                            "1e", digits + "e+", "1e5.5", "+1", "1 2"})
        EXPECT_FALSE(is_json(text)) << text;
    EXPECT_EQ(string_member(R"({"n":1e999,"type":"x1e999"})", "type"), "x1e999");
}

TEST(json_layout, leaves_alone_what_is_not_json) {
    for (const auto* text : {"", "{", "{]", "\"", "[1,]", "plain", "{\"a\":1}}"})
        EXPECT_FALSE(lay_out_json(text)) << text;
}

TEST(json_layout, bounds_how_far_deep_levels_move) {
    constexpr std::size_t depth = 5000;
    const auto laid = lay_out_json(std::string(depth, '[') + "1" + std::string(depth, ']'));
    ASSERT_TRUE(laid);
    EXPECT_LT(laid->size(), depth * 2 * 66);
}

nlohmann::json arbitrary_json(int depth) {
    switch (*rc::gen::inRange(0, depth > 0 ? 6 : 4)) {
        case 0:
            return *rc::gen::arbitrary<int>();
        case 1:
            return *rc::gen::arbitrary<bool>();
        case 2:
            return *rc::gen::string<std::string>();
        case 3:
            return nullptr;
        case 4: {
            auto list = nlohmann::json::array();
            for (int n = *rc::gen::inRange(0, 4); n > 0; --n)
                list.push_back(arbitrary_json(depth - 1));
            return list;
        }
        default: {
            auto object = nlohmann::json::object();
            for (int n = *rc::gen::inRange(0, 4); n > 0; --n)
                object[*rc::gen::string<std::string>()] = arbitrary_json(depth - 1);
            return object;
        }
    }
}

RC_GTEST_PROP(json_layout, means_the_same_and_is_stable, ()) {
    const auto text = arbitrary_json(3).dump(*rc::gen::inRange(-1, 4), ' ', false,
                                             nlohmann::json::error_handler_t::replace);
    const auto laid = lay_out_json(text);
    RC_ASSERT(laid.has_value());
    RC_ASSERT(nlohmann::json::parse(*laid) == nlohmann::json::parse(text));
    RC_ASSERT(lay_out_json(*laid) == laid);
}

TEST(string_member, is_empty_unless_it_is_a_string_of_an_object) {
    EXPECT_EQ(string_member(R"({"type":"case.created"})", "type"), "case.created");
    for (const auto* text : {R"({"type":1})", R"({})", R"(["type"])", "\"type\"", "", "{"})
        EXPECT_EQ(string_member(text, "type"), "") << text;
}

}  // namespace
}  // namespace postrider::cli
