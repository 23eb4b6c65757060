#include "admin/secret_rotation.h"

#include <gtest/gtest.h>

namespace postrider::admin {
namespace {

class counting_random final : public random_source {
 public:
    std::uint64_t next() override { return ++last_; }

 private:
    std::uint64_t last_ = 0;
};

const wall_time now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 31)};
constexpr milliseconds hour{3'600'000};

live_secret live(std::string text, std::optional<wall_time> end = {}) {
    return {secret(std::move(text)), end};
}

class secret_rotation_test : public ::testing::Test {
 protected:
    expected<rotated, http::response> turn(std::string_view document, std::vector<authentication> read,
                                           rotation wanted = {}) {
        endpoint endpoint;
        endpoint.authentications = std::move(read);
        return rotate(json::parse(document), endpoint, wanted, now, random_);
    }
    static rotation to(std::string text, milliseconds grace = hour) {
        rotation wanted;
        wanted.secret = std::move(text);
        wanted.grace = grace;
        return wanted;
    }

    counting_random random_;
};

TEST_F(secret_rotation_test, the_secret_before_ends_after_the_grace) {
    const auto turned =
        turn(R"({"url":"u","secret":"old"})", {standard_webhooks_auth{{live("old")}}}, to("new"));
    ASSERT_TRUE(turned);
    EXPECT_EQ(turned->document.dump(), R"({"url":"u","secrets":[{"secret":"new"},)"
                                       R"({"secret":"old","expires_at":"2026-01-31T01:00:00.000Z"}]})");
    EXPECT_FALSE(turned->made_secret) << "the caller has it";
}

TEST_F(secret_rotation_test, without_grace_it_goes_at_once) {
    const auto turned =
        turn(R"({"secret":"old"})", {standard_webhooks_auth{{live("old")}}}, to("new", milliseconds(0)));
    EXPECT_EQ(turned->document.dump(), R"({"secrets":[{"secret":"new"}]})");
}

TEST_F(secret_rotation_test, what_has_ended_goes_and_no_end_moves_back) {
    const auto turned = turn(R"({"secrets":[]})",
                             {standard_webhooks_auth{{live("first", now + hour / 2), live("gone", now),
                                                      live("second", now + 5 * hour)}}},
                             to("new"));
    ASSERT_TRUE(turned);
    EXPECT_EQ(turned->document["secrets"].dump(),
              R"([{"secret":"new"},{"secret":"first","expires_at":"2026-01-31T00:30:00.000Z"},)"
              R"({"secret":"second","expires_at":"2026-01-31T05:00:00.000Z"}])");
}

TEST_F(secret_rotation_test, a_fourth_live_one_is_refused) {
    const std::vector<authentication> three{
        standard_webhooks_auth{{live("a"), live("b", now + hour), live("c", now + hour)}}};
    const auto turned = turn("{}", three, to("new"));
    ASSERT_FALSE(turned);
    EXPECT_EQ(turned.error().status, 409);
    EXPECT_EQ(json::parse(turned.error().body)["code"], "too_many_secrets");
    EXPECT_TRUE(turn("{}", three, to("new", milliseconds(0)))) << "the first makes room at once";
}

TEST_F(secret_rotation_test, the_first_entry_with_secrets_is_the_one) {
    const auto turned = turn(R"({"authentication":[{"type":"bearer","token":"t"},)"
                             R"({"type":"hmac_sha256","secret":"old","header":"X-S"}]})",
                             {bearer_auth{}, hmac_sha256_auth{{live("old")}, "X-S"}}, to("new"));
    ASSERT_TRUE(turned);
    EXPECT_EQ(turned->document["authentication"][0].dump(), R"({"type":"bearer","token":"t"})");
    EXPECT_EQ(turned->document["authentication"][1].dump(),
              R"({"type":"hmac_sha256","header":"X-S","secrets":[{"secret":"new"},)"
              R"({"secret":"old","expires_at":"2026-01-31T01:00:00.000Z"}]})");
    const auto single = turn(R"({"authentication":{"type":"standard_webhooks","secret":"old"}})",
                             {standard_webhooks_auth{{live("old")}}}, to("new"));
    EXPECT_EQ(single->document["authentication"]["secrets"].size(), 2U);
}

TEST_F(secret_rotation_test, there_must_be_something_to_rotate) {
    const auto turned = turn("{}", {bearer_auth{}});
    ASSERT_FALSE(turned);
    EXPECT_EQ(turned.error().status, 409);
    EXPECT_EQ(json::parse(turned.error().body)["code"], "no_secret");
}

TEST_F(secret_rotation_test, one_in_use_is_no_new_one) {
    const auto turned = turn("{}", {standard_webhooks_auth{{live("old")}}}, to("old"));
    ASSERT_FALSE(turned);
    EXPECT_EQ(turned.error().status, 422);
    EXPECT_EQ(turned.error().body.find("old"), std::string::npos);
}

TEST_F(secret_rotation_test, a_made_one_is_of_the_kind_before) {
    const auto hmac = turn(R"({"secret":"whsec_x"})", {standard_webhooks_auth{{live("whsec_x")}}});
    ASSERT_TRUE(hmac && hmac->made_secret);
    EXPECT_TRUE(hmac->made_secret->starts_with("whsec_"));
    EXPECT_EQ(hmac->document["secrets"][0]["secret"], *hmac->made_secret);
    EXPECT_EQ(hmac->public_key, "");
    const auto ed25519 = turn(R"({"secret":"whsk_x"})", {standard_webhooks_auth{{live("whsk_x")}}});
    ASSERT_TRUE(ed25519 && ed25519->made_secret);
    EXPECT_TRUE(ed25519->made_secret->starts_with("whsk_"));
    EXPECT_TRUE(ed25519->public_key.starts_with("whpk_"));
}

TEST(rotation_test, is_read_from_a_body) {
    EXPECT_EQ(read_rotation("")->grace, milliseconds(86'400'000));
    EXPECT_FALSE(read_rotation("{}")->secret);
    EXPECT_EQ(read_rotation(R"({"secret":"s","grace_seconds":1.5})")->grace, milliseconds(1500));
    EXPECT_EQ(read_rotation(R"({"grace_seconds":0})")->grace, milliseconds(0));
    EXPECT_EQ(read_rotation(R"({"grace_seconds":2592000})")->grace, rotation::longest_grace);
}

TEST(rotation_test, bad_bodies_are_refused) {
    for (const auto* text :
         {R"({"grace_seconds":-1})", R"({"grace_seconds":2592001})", R"({"grace_seconds":"1"})",
          R"({"secret":1})", R"({"secret":null})", R"({"grace":1})", "[]"}) {
        const auto read = read_rotation(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().status, 422) << text;
    }
    EXPECT_EQ(read_rotation("{").error().status, 400);
}

}  // namespace
}  // namespace postrider::admin
