#include <daemon/configuration_change.h>
#include <gtest/gtest.h>

namespace postrider::daemon {
namespace {

config::settings with(const std::vector<std::string>& endpoints, const std::string& secret = "s") {
    config::settings made;
    for (const auto& id : endpoints) {
        auto one = std::make_shared<endpoint>();
        one->id = id;
        one->authentications = {bearer_auth{postrider::secret(secret), "Authorization"}};
        made.endpoints.push_back(std::move(one));
    }
    return made;
}

TEST(configuration_change, what_says_the_same_is_none) {
    EXPECT_FALSE(describe_configuration_change(with({"a", "b"}), with({"b", "a"})));
}

TEST(configuration_change, names_endpoints_and_tokens_and_no_value) {
    auto before = with({"a", "b"}, "old-secret");
    auto after = with({"b", "c"}, "new-secret");
    before.access.tokens = {{"shop", sha256({"1"}), 1, {}}, {"gone", sha256({"2"}), 1, {}}};
    after.access.tokens = {{"shop", sha256({"3"}), 1, {}}, {"fresh", sha256({"4"}), 1, {}}};
    after.limits.max_body_bytes = 1;
    EXPECT_EQ(
        describe_configuration_change(before, after),
        R"({"endpoints":{"added":["c"],"changed":["b"],"removed":["a"]},)"
        R"("tokens":{"added":["fresh"],"changed":["shop"],"removed":["gone"]},"sections":["access","limits"]})");
}

TEST(configuration_change, is_bounded) {
    std::vector<std::string> many;
    for (int number = 100; number < 220; ++number)
        many.push_back("e" + std::to_string(number));
    const auto said = describe_configuration_change(with({}), with(many));
    ASSERT_TRUE(said);
    EXPECT_NE(said->find("\"e149\"],\"added_more\":70"), std::string::npos) << *said;
    EXPECT_EQ(said->find("e150"), std::string::npos);
}

TEST(configuration_change, a_reload_by_nobodys_request_is_told_by_its_way) {
    const auto made = made_by("signal");
    EXPECT_EQ(made.actor, "signal");
    EXPECT_EQ(made.via, "signal");
    EXPECT_EQ(made.action, "config.reloaded");
}

}  // namespace
}  // namespace postrider::daemon
