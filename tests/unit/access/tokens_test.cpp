#include "standing_clock.h"

#include <postrider/access/tokens.h>

#include <gtest/gtest.h>

#include <string>

namespace postrider::access {
namespace {

constexpr auto bit(scope scope) {
    return static_cast<std::uint8_t>(scope);
}

token make_token(const char* name, const char* text, int scopes) {
    return {name, sha256({text}), static_cast<std::uint8_t>(scopes), std::nullopt};
}

token_list example() {
    return token_list({make_token("shop", "s3cret", bit(scope::ingest)),
                       make_token("ops", "0ther", bit(scope::admin)),
                       make_token("spaced", "two words", bit(scope::read))});
}

struct row {
    std::string_view authorization;
    const char* name;  ///< null: nobody
};

class authorizations : public testing::TestWithParam<row> {};

TEST_P(authorizations, are_found) {
    const auto tokens = example();
    const token* const found = tokens.find(GetParam().authorization, today).who;
    if (GetParam().name == nullptr) {
        EXPECT_EQ(found, nullptr);
    } else {
        ASSERT_NE(found, nullptr);
        EXPECT_EQ(found->name, GetParam().name);
    }
}

using namespace std::string_view_literals;

INSTANTIATE_TEST_SUITE_P(table, authorizations,
                         testing::Values(row{"Bearer s3cret", "shop"}, row{"bearer s3cret", "shop"},
                                         row{"BEARER 0ther", "ops"}, row{"bEaReR two words", "spaced"},
                                         row{"Bearer wrong", nullptr}, row{"Bearer s3cre", nullptr},
                                         row{"Bearer s3cret ", nullptr}, row{"Bearer  s3cret", nullptr},
                                         row{"Bearer S3CRET", nullptr}, row{"Bearer s3cret\0"sv, nullptr},
                                         row{"", nullptr}, row{"Bearer", nullptr}, row{"Bearer ", nullptr},
                                         row{"Bearers3cret", nullptr}, row{"s3cret", nullptr},
                                         row{"Basic s3cret", nullptr}, row{" Bearer s3cret", nullptr},
                                         row{"Bearer\ts3cret", nullptr}));

TEST(token_list, does_not_take_the_digest_of_nothing_for_a_malformed_header) {
    const token_list tokens({make_token("empty", "", bit(scope::admin))});
    EXPECT_EQ(tokens.find("", today).who, nullptr);
    EXPECT_EQ(tokens.find("Basic x", today).who, nullptr);
    EXPECT_EQ(tokens.find("Bearer ", today).who, nullptr);
}

TEST(token_list, is_open_without_tokens) {
    EXPECT_TRUE(token_list().open());
    EXPECT_EQ(token_list().find("Bearer s3cret", today).who, nullptr);
    EXPECT_FALSE(example().open());
}

TEST(token_list, both_values_of_a_rotation_are_the_same_token_until_the_previous_one_expires) {
    auto rotated = make_token("shop", "new value", bit(scope::ingest));
    rotated.previous = previous_value{sha256({"old value"}), that_day};
    const token_list tokens({make_token("ops", "0ther", bit(scope::admin)), rotated});
    const standing_clock just_before(that_day - std::chrono::milliseconds(1));
    ASSERT_NE(tokens.find("Bearer old value", just_before).who, nullptr);
    EXPECT_EQ(tokens.find("Bearer old value", just_before).who, tokens.find("Bearer new value", today).who);
    EXPECT_TRUE(tokens.find("Bearer old value", just_before).by_previous);
    EXPECT_FALSE(tokens.find("Bearer new value", today).by_previous);
    EXPECT_EQ(tokens.find("Bearer old value", today).who, nullptr);
    EXPECT_FALSE(tokens.find("Bearer old value", today).by_previous);
}

TEST(token_list, a_previous_value_without_an_end_stays_until_it_is_taken_out) {
    auto rotated = make_token("shop", "new value", bit(scope::ingest));
    rotated.previous = previous_value{sha256({"old value"}), std::nullopt};
    const standing_clock far_future(wall_time::max());
    EXPECT_NE(token_list({rotated}).find("Bearer old value", far_future).who, nullptr);
}

struct permission_row {
    int scopes;
    scope wanted;
    bool allowed;
};

class scopes : public testing::TestWithParam<permission_row> {};

TEST_P(scopes, allow) {
    EXPECT_EQ(make_token("t", "x", GetParam().scopes).allows(GetParam().wanted), GetParam().allowed);
}

INSTANTIATE_TEST_SUITE_P(
    table, scopes,
    testing::Values(permission_row{bit(scope::ingest), scope::ingest, true},
                    permission_row{bit(scope::ingest), scope::read, false},
                    permission_row{bit(scope::ingest), scope::admin, false},
                    permission_row{bit(scope::read), scope::ingest, false},
                    permission_row{bit(scope::read), scope::read, true},
                    permission_row{bit(scope::read), scope::admin, false},
                    permission_row{bit(scope::admin), scope::ingest, true},
                    permission_row{bit(scope::admin), scope::read, true},
                    permission_row{bit(scope::admin), scope::admin, true},
                    permission_row{bit(scope::ingest) | bit(scope::read), scope::read, true},
                    permission_row{bit(scope::ingest) | bit(scope::read), scope::admin, false},
                    permission_row{0, scope::ingest, false}, permission_row{0, scope::admin, false}));

}  // namespace
}  // namespace postrider::access
