#include "admin_story.h"

namespace postrider::admin {
namespace {

class webhook_actions_test : public admin_story {
 protected:
    answer rotate(const std::string& id, const json& body = json::object()) {
        return ask("POST", "/api/webhooks/" + id + "/rotate-secret", body.dump());
    }
    std::vector<live_secret> secrets_of(const std::string& id) {
        return std::get<standard_webhooks_auth>(find("default." + id)->authentications.front()).secrets;
    }
};

TEST_F(webhook_actions_test, a_rotated_secret_signs_beside_the_one_before) {
    const auto id = make_webhook();
    const auto before = secrets_of(id);
    const auto rotated = ask("POST", "/api/webhooks/" + id + "/rotate-secret");
    ASSERT_EQ(rotated.status, 200) << rotated.body.dump();
    const auto after = secrets_of(id);
    ASSERT_EQ(after.size(), 2U);
    EXPECT_EQ(after[0].value.reveal(), rotated.body["secret"].get<std::string>());
    EXPECT_FALSE(after[0].expires_at);
    EXPECT_EQ(after[1].value, before[0].value);
    ASSERT_TRUE(after[1].expires_at);
    const auto grace = *after[1].expires_at - clock_.wall_now();
    EXPECT_LE(grace, milliseconds(86'400'000));
    EXPECT_GT(grace, milliseconds(86'340'000));
    EXPECT_EQ(rotated.body.dump().find(before[0].value.reveal()), std::string::npos);
}

TEST_F(webhook_actions_test, three_live_secrets_are_the_most) {
    const auto id = make_webhook();
    EXPECT_EQ(rotate(id).status, 200);
    EXPECT_EQ(rotate(id).status, 200);
    const auto refused = rotate(id);
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.code(), "too_many_secrets");
    EXPECT_EQ(secrets_of(id).size(), 3U);
    clock_.shift = milliseconds(2 * 86'400'000LL);
    EXPECT_EQ(rotate(id).status, 200) << "the old ones have ended";
    EXPECT_EQ(secrets_of(id).size(), 2U);
    EXPECT_EQ(rotate(id, {{"grace_seconds", 0}}).status, 200);
}

TEST_F(webhook_actions_test, a_bad_secret_changes_nothing) {
    const auto id = make_webhook();
    const auto before = secrets_of(id);
    const auto refused = rotate(id, {{"secret", "whsec_short"}});
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(refused.body.dump().find("whsec_short"), std::string::npos);
    EXPECT_EQ(rotate(id, {{"grace_seconds", -1}}).status, 422);
    EXPECT_EQ(rotate("ep_AAAAAAAAAAAAAAAAAAAAAA").status, 404);
    look_at_catalog();
    EXPECT_EQ(secrets_of(id), before);
    const std::string mine = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const auto given = rotate(id, {{"secret", mine}, {"grace_seconds", 0}});
    EXPECT_EQ(given.status, 200) << given.body.dump();
    EXPECT_EQ(given.body.dump().find("MfKQ"), std::string::npos);
    EXPECT_EQ(secrets_of(id).size(), 1U);
    EXPECT_EQ(secrets_of(id).front().value.reveal(), mine);
}

TEST_F(webhook_actions_test, what_has_no_secret_has_none_to_rotate) {
    const auto id = make_webhook({{"authentication", {{"type", "bearer"}, {"token", "t0k3n"}}}});
    const auto refused = rotate(id);
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.code(), "no_secret");
    EXPECT_EQ(ask("GET", "/api/webhooks/" + id).body.dump().find("t0k3n"), std::string::npos);
}

TEST_F(webhook_actions_test, a_test_is_sent_whatever_the_standing) {
    const auto id = make_webhook({{"enabled", false}});
    ask("POST", "/api/webhooks/" + id + "/pause");
    const auto sent = ask("POST", "/api/webhooks/test", json{{"webhook_id", id}}.dump());
    EXPECT_EQ(sent.status, 202);
    EXPECT_EQ(sent.body, (json{{"delivery_id", "del_0123456789abcdefghijkl_" + id}}));
    ASSERT_EQ(tests_sent_.size(), 1U);
    EXPECT_EQ(tests_sent_[0], std::pair("default." + id, std::string("postrider.test")));
    ask("POST", "/api/webhooks/test", json{{"webhook_id", id}, {"event_type", "case.created"}}.dump());
    EXPECT_EQ(tests_sent_.back().second, "case.created");
    test_id_.reset();
    EXPECT_EQ(ask("POST", "/api/webhooks/test", json{{"webhook_id", id}}.dump()).status, 503);
}

TEST_F(webhook_actions_test, a_bad_test_is_not_sent) {
    const auto id = make_webhook();
    EXPECT_EQ(ask("POST", "/api/webhooks/test", R"({"webhook_id":"nobody"})").status, 404);
    EXPECT_EQ(ask("POST", "/api/webhooks/test", "{}").status, 422);
    EXPECT_EQ(ask("POST", "/api/webhooks/test", R"({"webhook_id":1})").status, 422);
    for (const auto* type : {"", "a b", "a/b"})
        EXPECT_EQ(
            ask("POST", "/api/webhooks/test", json{{"webhook_id", id}, {"event_type", type}}.dump()).status,
            422);
    EXPECT_TRUE(tests_sent_.empty());
}

TEST_F(webhook_actions_test, status_tells_the_daemon_and_what_is_wrong) {
    facts_.version = "1.2.3";
    facts_.redis = "unix:///x";
    facts_.files = {"a.yaml"};
    facts_.last_reload_faults = {{"a.yaml", 3, 5, "odd"}};
    const auto paused = make_webhook({{"tenant", "acme"}});
    make_webhook();
    ask("POST", "/api/webhooks/" + paused + "/pause");
    const auto status = ask_as("eye", "GET", "/api/status");
    ASSERT_EQ(status.status, 200);
    EXPECT_EQ(status.body["version"], "1.2.3");
    EXPECT_EQ(status.body["configuration"]["last_reload_faults"][0]["line"], 3);
    EXPECT_EQ(status.body["webhooks"]["total"], 2);
    EXPECT_EQ(status.body["webhooks"]["paused"], 1);
    EXPECT_EQ(status.body["webhooks"]["queue_depth"], 0);
    EXPECT_EQ(status.body["totals"]["accepted"], 0);
    EXPECT_EQ(status.body["circuits"], json::array());
    EXPECT_TRUE(status.body["members"].is_array());

    const auto bound = ask_as("acme-eye", "GET", "/api/status");
    EXPECT_EQ(bound.body["webhooks"]["total"], 1);
    for (const auto* name : {"version", "redis", "members", "totals", "configuration", "partitions"})
        EXPECT_FALSE(bound.body.contains(name)) << name;
    EXPECT_EQ(ask_as("shop", "GET", "/api/status").status, 403);
}

}  // namespace
}  // namespace postrider::admin
