#include "record_story.h"

namespace postrider::admin {
namespace {

class trail_test : public record_story {
 protected:
    json changes(const std::string& query = {}) {
        const auto found = ask("GET", "/api/audit" + query);
        EXPECT_EQ(found.status, 200) << found.body.dump();
        return found.body["changes"];
    }
    json newest() { return changes("?limit=1").at(0); }
};

TEST_F(trail_test, a_made_endpoint_is_there_without_its_secrets) {
    const auto id = make_webhook({{"url", "https://receiver.example.org/in?token=planted"},
                                  {"headers", {{"X-Site", "planted"}}},
                                  {"authentication", {{"type", "bearer"}, {"token", "planted"}}}});
    const auto made = newest();
    EXPECT_EQ(made["action"], "endpoint.created");
    EXPECT_EQ(made["target"], id);
    EXPECT_EQ(made["tenant"], "default");
    EXPECT_EQ(made["actor"], "root");
    EXPECT_EQ(made["via"], "api");
    EXPECT_TRUE(made["remote"].is_string());
    EXPECT_TRUE(made["before"].is_null());
    EXPECT_EQ(made["after"]["url"], "https://receiver.example.org/in?***");
    EXPECT_EQ(made["after"]["headers"]["X-Site"], "***");
    EXPECT_FALSE(made["after"].contains("timeout")) << "what is as everywhere";
    EXPECT_FALSE(made["cut"]);
    EXPECT_EQ(made.dump().find("planted"), std::string::npos);
}

TEST_F(trail_test, a_change_shows_what_differs_and_of_secrets_only_that_they_do) {
    const auto id = make_webhook({{"url", "https://receiver.example.org/in?token=a"}});
    const auto change = [&](const json& patch) {
        const auto said = ask("PATCH", "/api/webhooks/" + id, patch.dump());
        EXPECT_EQ(said.status, 200) << said.body.dump();
        return newest();
    };
    auto seen = change({{"concurrency", 3}, {"description", "d"}});
    EXPECT_EQ(seen["action"], "endpoint.changed");
    EXPECT_EQ(seen["before"], (json{{"concurrency", 32}, {"description", ""}}));
    EXPECT_EQ(seen["after"], (json{{"concurrency", 3}, {"description", "d"}}));
    seen = change({{"url", "https://receiver.example.org/in?token=b"}});
    EXPECT_EQ(seen["before"], (json{{"url", "https://receiver.example.org/in?***"}}));
    EXPECT_EQ(seen["after"], seen["before"]);
    seen = change({{"secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}});
    EXPECT_EQ(seen["before"].size(), 1U);
    EXPECT_TRUE(seen["before"].contains("authentication"));
    ASSERT_EQ(ask("POST", "/api/webhooks/" + id + "/rotate-secret").status, 200);
    seen = newest();
    EXPECT_EQ(seen["action"], "endpoint.secret_rotated");
    EXPECT_EQ(seen["after"]["authentication"][0]["secrets"].size(), 2U);
    EXPECT_EQ(seen["after"]["authentication"][0]["secrets"][0]["secret"], "***");
    ASSERT_EQ(ask("DELETE", "/api/webhooks/" + id).status, 204);
    seen = newest();
    EXPECT_EQ(seen["action"], "endpoint.deleted");
    EXPECT_TRUE(seen["before"].contains("url"));
    EXPECT_TRUE(seen["after"].is_null());
}

TEST_F(trail_test, pauses_tests_and_what_is_done_to_records_are_there) {
    ask("POST", "/api/webhooks/shop/pause");
    ask("POST", "/api/webhooks/shop/pause");
    ask("POST", "/api/webhooks/shop/resume");
    EXPECT_EQ(changes("?target=shop").size(), 2U) << "the second pause changed nothing";
    EXPECT_EQ(changes("?target=shop")[1]["after"], (json{{"paused", true}, {"disabled", ""}}));
    ask("POST", "/api/webhooks/test", R"({"webhook_id": "shop", "event_type": "a.b"})");
    EXPECT_EQ(newest()["action"], "endpoint.tested");
    EXPECT_EQ(newest()["after"], (json{{"event_type", "a.b"}}));
    kill("one");
    kill("two");
    ASSERT_EQ(ask("DELETE", letter_of("two")).status, 204);
    EXPECT_EQ(newest()["action"], "dead_letter.purged");
    ASSERT_EQ(ask("POST", "/api/events/one/redeliver").status, 202);
    EXPECT_EQ(newest()["action"], "event.redelivered");
    EXPECT_EQ(newest()["target"], "one");
    EXPECT_EQ(newest()["after"]["webhook_ids"], json::array({"shop"}));
    ASSERT_EQ(ask("POST", "/api/dead-letters/purge", R"({"webhook_id": "shop"})").status, 202);
    EXPECT_EQ(newest()["action"], "dead_letters.purged");
    EXPECT_EQ(newest()["target"], "shop");
    ASSERT_EQ(ask("POST", "/api/dead-letters/replay", "{}").status, 202);
    EXPECT_EQ(newest()["action"], "dead_letters.replayed");
}

TEST_F(trail_test, what_cannot_be_recorded_is_not_done) {
    kill("one");
    call(redis::command("SET", "t:{catalog}:trail", "odd"));
    for (const auto& [method, path, body] :
         {std::tuple{"POST", std::string("/api/events/one/redeliver"), "{}"},
          {"DELETE", letter_of("one"), ""},
          {"POST", std::string("/api/dead-letters/purge"), "{}"},
          {"POST", std::string("/api/dead-letters/replay"), "{}"},
          {"POST", std::string("/api/webhooks/test"), R"({"webhook_id": "shop"})"}})
        EXPECT_EQ(ask(method, path, body).status, 503) << path;
    EXPECT_EQ(ask("GET", letter_of("one")).status, 200) << "it is still there";
    EXPECT_TRUE(ask("GET", "/api/jobs").body["jobs"].empty());
    EXPECT_TRUE(tests_sent_.empty());
}

TEST_F(trail_test, is_for_admins_of_no_tenant) {
    EXPECT_EQ(ask_as("eye", "GET", "/api/audit").status, 403);
    EXPECT_EQ(ask_as("acme", "GET", "/api/audit").status, 403);
    EXPECT_EQ(ask_as("shop", "GET", "/api/audit").status, 403);
    EXPECT_EQ(ask_as("", "GET", "/api/audit").status, 401);
    ask_as("acme", "POST", "/api/webhooks/mine/pause");
    EXPECT_EQ(changes("?actor=acme")[0]["tenant"], "acme");
}

TEST_F(trail_test, who_is_refused_leaves_no_record_that_would_push_others_out) {
    ask_as("eye", "POST", "/api/webhooks/shop/pause");
    ask_as("acme", "POST", "/api/webhooks/shop/pause");
    EXPECT_TRUE(changes().empty());
}

TEST_F(trail_test, has_the_name_that_the_caller_gave_its_request) {
    http::request request;
    request.method = "POST";
    request.path = "/api/webhooks/shop/pause";
    request.headers = {{"Authorization", "Bearer root"}, {"X-Request-Id", "req-1/a"}};
    EXPECT_EQ(send(request).status, 200);
    EXPECT_EQ(newest()["request_id"], "req-1/a");
    request.path = "/api/webhooks/shop/resume";
    request.headers.back().second = "a b\r\nc";
    EXPECT_EQ(send(request).status, 200);
    EXPECT_TRUE(newest()["request_id"].is_null());
}

TEST_F(trail_test, is_listed_in_pages_with_cursors_of_its_filters) {
    for (int number = 0; number < 6; ++number)
        ask("POST", std::string("/api/webhooks/shop/") + (number % 2 == 0 ? "pause" : "resume"));
    EXPECT_EQ(list_all("/api/audit?", "changes").size(), 6U);
    EXPECT_EQ(changes("?action=endpoint.paused").size(), 3U);
    EXPECT_EQ(changes("?action=endpoint").size(), 6U);
    const auto first = ask("GET", "/api/audit?limit=2");
    const auto cursor = first.body["next_cursor"].get<std::string>();
    EXPECT_EQ(ask("GET", "/api/audit?limit=2&cursor=" + cursor).status, 200);
    EXPECT_EQ(ask("GET", "/api/audit?limit=2&actor=root&cursor=" + cursor).status, 422);
    EXPECT_EQ(ask("GET", "/api/audit?cursor=AAAA").status, 422);
    EXPECT_EQ(ask("GET", "/api/audit?after=yesterday").status, 422);
    EXPECT_EQ(ask("GET", "/api/audit?colour=red").status, 422);
    EXPECT_EQ(ask("GET", "/api/audit?limit=0").status, 422);
}

}  // namespace
}  // namespace postrider::admin
