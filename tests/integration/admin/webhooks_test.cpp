#include "admin_story.h"

namespace postrider::admin {
namespace {

class webhooks_test : public admin_story {};

endpoint file_endpoint(std::string id, std::string tenant = "default") {
    endpoint made;
    made.id = std::move(id);
    made.tenant = std::move(tenant);
    made.url_text = "https://file.example.org/";
    made.url.host = "file.example.org";
    made.events = {"**"};
    made.authentications = {
        standard_webhooks_auth{{{secret("whsec_" + std::string(32, 'A')), std::nullopt}}}};
    return made;
}

std::vector<std::string> ids_of(const json& list) {
    std::vector<std::string> ids;
    for (const auto& one : list)
        ids.push_back(one["id"]);
    return ids;
}

TEST_F(webhooks_test, one_is_made_shown_and_deleted) {
    const auto made =
        ask("POST", "/api/webhooks",
            R"({"url":"https://receiver.example.org/in","events":["case.*"],"description":"d"})");
    ASSERT_EQ(made.status, 201) << made.body.dump();
    const std::string id = made.body["id"];
    EXPECT_TRUE(id.starts_with("ep_"));
    EXPECT_EQ(made.headers.at("Location"), "/api/webhooks/" + id);
    EXPECT_EQ(made.body["state"], "active");
    EXPECT_TRUE(made.body["secret"].get<std::string>().starts_with("whsec_"));
    EXPECT_EQ(made.body["source"], "api");
    EXPECT_TRUE(made.body["created_at"].is_string());
    ASSERT_TRUE(find("default." + id)) << "in effect with the answer";

    const auto shown = ask("GET", "/api/webhooks/" + id);
    ASSERT_EQ(shown.status, 200);
    EXPECT_EQ(shown.body["description"], "d");
    EXPECT_EQ(shown.body["url"], "https://receiver.example.org/in");
    EXPECT_EQ(shown.body["circuit"], "closed");
    EXPECT_EQ(shown.body["queue_depth"], 0);
    EXPECT_EQ(shown.body["in_flight"], 0);
    EXPECT_EQ(shown.body["dead_letters"], 0);
    EXPECT_TRUE(shown.body["oldest_event_at"].is_null());
    EXPECT_TRUE(shown.body["disabled_reason"].is_null());
    EXPECT_EQ(shown.body["created_at"], made.body["created_at"]);
    EXPECT_EQ(shown.body.dump().find(made.body["secret"].get<std::string>()), std::string::npos)
        << "a secret is shown once";

    EXPECT_EQ(ask("DELETE", "/api/webhooks/" + id).status, 204);
    EXPECT_EQ(ask("GET", "/api/webhooks/" + id).status, 404);
    EXPECT_EQ(ask("DELETE", "/api/webhooks/" + id).status, 404);
    EXPECT_EQ(job_wakes_, 1) << "its queue ends";
}

TEST_F(webhooks_test, a_secret_of_the_caller_is_not_told_back) {
    const std::string mine = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const auto made =
        ask("POST", "/api/webhooks",
            json{{"url", "https://a.example.org/"}, {"events", {"a"}}, {"secret", mine}}.dump());
    ASSERT_EQ(made.status, 201) << made.body.dump();
    EXPECT_EQ(made.body.dump().find("MfKQ"), std::string::npos);
}

TEST_F(webhooks_test, faults_are_told_field_by_field_and_nothing_is_stored) {
    const auto refused = ask("POST", "/api/webhooks", R"({"url":"ftp://x","events":[],"colour":"red"})");
    ASSERT_EQ(refused.status, 422);
    EXPECT_GE(refused.body["errors"].size(), 3U) << refused.body.dump();
    EXPECT_EQ(ask("POST", "/api/webhooks", "{").status, 400);
    EXPECT_EQ(ask("POST", "/api/webhooks", "[]").status, 422);
    EXPECT_EQ(ask("POST", "/api/webhooks").status, 415);
    EXPECT_EQ(ask("POST", "/api/webhooks", R"({"tenant":"a b"})").body["errors"][0]["field"], "tenant");
    EXPECT_TRUE(read_catalog().endpoints.empty());
}

TEST_F(webhooks_test, a_denied_destination_is_told_in_one_way) {
    const auto denied = ask("POST", "/api/webhooks", R"({"url":"https://10.0.0.1/","events":["a"]})");
    ASSERT_EQ(denied.status, 422);
    const auto other = ask("POST", "/api/webhooks", R"({"url":"https://169.254.169.254/","events":["a"]})");
    EXPECT_EQ(denied.body["errors"], other.body["errors"]);
    EXPECT_EQ(denied.body["errors"][0]["field"], "url");
}

TEST_F(webhooks_test, tenants_see_and_change_their_own_only) {
    const auto of_acme = make_webhook(json::object(), "acme");
    const auto of_default = make_webhook();
    const auto of_acme_by_root = make_webhook({{"tenant", "acme"}});
    EXPECT_EQ(ask("GET", "/api/webhooks/" + of_acme).body["tenant"], "acme");
    EXPECT_EQ(ask("GET", "/api/webhooks").body["webhooks"].size(), 3U);
    EXPECT_EQ(ask_as("acme", "GET", "/api/webhooks").body["webhooks"].size(), 2U);
    const auto seen = ask_as("acme-eye", "GET", "/api/webhooks/" + of_acme_by_root);
    EXPECT_EQ(seen.status, 200);
    EXPECT_FALSE(seen.body.contains("source"));

    const auto nothing = ask_as("acme", "GET", "/api/webhooks/ep_AAAAAAAAAAAAAAAAAAAAAA");
    EXPECT_EQ(nothing.status, 404);
    const auto path = "/api/webhooks/" + of_default;
    for (const auto& foreign :
         {ask_as("acme", "GET", path), ask_as("acme", "PATCH", path, R"({"description":"x"})"),
          ask_as("acme", "DELETE", path), ask_as("acme", "POST", path + "/pause"),
          ask_as("acme", "POST", path + "/resume"), ask_as("acme", "POST", path + "/rotate-secret"),
          ask_as("acme", "POST", "/api/webhooks/test", json{{"webhook_id", of_default}}.dump())}) {
        EXPECT_EQ(foreign.status, 404);
        EXPECT_EQ(foreign.body, nothing.body);
    }
    EXPECT_TRUE(find("default." + of_default));
    EXPECT_TRUE(tests_sent_.empty());
    EXPECT_EQ(ask_as("acme", "POST", "/api/webhooks", R"({"tenant":"default"})").status, 403);
    EXPECT_EQ(ask_as("acme", "POST", "/api/webhooks", R"({"tenant":"acme"})").status, 422);
}

TEST_F(webhooks_test, what_widens_the_egress_is_for_the_operator) {
    for (const auto* text :
         {R"({"allow_http":true})", R"({"allow_private_network":true})", R"({"allow_cidrs":["10.0.0.0/8"]})"})
        EXPECT_EQ(ask_as("acme", "POST", "/api/webhooks", text).status, 403) << text;
    make_webhook({{"allow_http", false}}, "acme");
    EXPECT_EQ(
        ask("POST", "/api/webhooks", R"({"url":"https://a.example.org/","events":["a"],"tls":{}})").status,
        422)
        << "files of the daemon's machine";
    const auto id = make_webhook({{"tenant", "acme"}, {"allow_private_network", true}});
    const auto path = "/api/webhooks/" + id;
    EXPECT_EQ(ask_as("acme", "PATCH", path, R"({"description":"ours"})").status, 200);
    EXPECT_EQ(ask_as("acme", "PATCH", path, R"({"allow_http":true})").status, 403);
    EXPECT_EQ(ask_as("acme", "PATCH", path, R"({"url":"https://db.internal/"})").status, 403)
        << "it was allowed for another destination";
    EXPECT_EQ(ask_as("acme", "PATCH", path, R"({"allow_private_network":null})").status, 200);
    EXPECT_EQ(ask_as("acme", "PATCH", path, R"({"url":"https://b.example.org/"})").status, 200);
}

TEST_F(webhooks_test, scopes_are_kept_apart) {
    const auto id = make_webhook();
    const auto path = "/api/webhooks/" + id;
    EXPECT_EQ(ask_as("eye", "GET", path).status, 200);
    EXPECT_EQ(ask_as("eye", "PATCH", path, "{}").status, 403);
    EXPECT_EQ(ask_as("eye", "DELETE", path).status, 403);
    EXPECT_EQ(ask_as("eye", "POST", path + "/pause").status, 403);
    EXPECT_EQ(ask_as("eye", "POST", path + "/rotate-secret").status, 403);
    EXPECT_EQ(ask_as("eye", "POST", "/api/webhooks/test", "{}").status, 403);
    EXPECT_EQ(ask_as("eye", "POST", "/api/webhooks", "{}").status, 403);
    EXPECT_EQ(ask_as("shop", "GET", path).status, 403);
    EXPECT_EQ(ask_as("", "GET", path).status, 401);
    EXPECT_EQ(ask("PUT", path).status, 405);
    EXPECT_EQ(ask("PUT", path).headers.at("Allow"), "GET, HEAD, PATCH, DELETE");
}

TEST_F(webhooks_test, a_patch_changes_what_it_names) {
    const auto id =
        make_webhook({{"description", "d"}, {"timeout", {{"read_seconds", 3}, {"connect_seconds", 2}}}});
    const auto before = find("default." + id);
    const auto changed = ask("PATCH", "/api/webhooks/" + id,
                             R"({"description":null,"timeout":{"read_seconds":7},"enabled":false})");
    ASSERT_EQ(changed.status, 200) << changed.body.dump();
    EXPECT_EQ(changed.body["state"], "disabled");
    EXPECT_EQ(changed.body["disabled_reason"], "operator");
    const auto after = find("default." + id);
    EXPECT_EQ(after->description, "");
    EXPECT_EQ(after->timeout.read, milliseconds(7000));
    EXPECT_EQ(after->timeout.connect, milliseconds(2000));
    EXPECT_EQ(after->authentications, before->authentications) << "the secret is kept";
    EXPECT_EQ(after->events, before->events);
}

TEST_F(webhooks_test, a_bad_patch_changes_nothing) {
    const auto id = make_webhook();
    const auto path = "/api/webhooks/" + id;
    const auto before = *find("default." + id);
    EXPECT_EQ(ask("PATCH", path, R"({"url":"nonsense"})").status, 422);
    EXPECT_EQ(ask("PATCH", path, R"({"id":"ep_x"})").body["errors"][0]["field"], "id");
    EXPECT_EQ(ask("PATCH", path, R"({"tenant":"acme"})").body["errors"][0]["field"], "tenant");
    EXPECT_EQ(ask("PATCH", path, R"({"colour":"red"})").status, 422);
    EXPECT_EQ(ask("PATCH", path, R"({"secret":"short"})").status, 422);
    EXPECT_EQ(ask("PATCH", path, R"([])").status, 422);
    EXPECT_EQ(ask("PATCH", path, R"({"url":)").status, 400);
    EXPECT_EQ(ask("PATCH", "/api/webhooks/nobody", "{}").status, 404);
    look_at_catalog();
    EXPECT_EQ(*find("default." + id), before);
}

TEST_F(webhooks_test, a_patch_may_give_secrets_in_another_form) {
    const auto id = make_webhook();
    const auto path = "/api/webhooks/" + id;
    const auto hmac =
        R"({"authentication":{"type":"hmac_sha256","secret":"0123456789abcdef0123456789abcdef"}})";
    ASSERT_EQ(ask("PATCH", path, hmac).status, 200);
    EXPECT_TRUE(std::holds_alternative<hmac_sha256_auth>(find("default." + id)->authentications.front()));
    ASSERT_EQ(ask("PATCH", path, R"({"authentication":{"header":"X-Mine"}})").status, 200);
    const auto kept = std::get<hmac_sha256_auth>(find("default." + id)->authentications.front());
    EXPECT_EQ(kept.header, "X-Mine");
    EXPECT_EQ(kept.secrets.front().value.reveal(), "0123456789abcdef0123456789abcdef");
    ASSERT_EQ(ask("PATCH", path, R"({"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})").status, 200);
    EXPECT_TRUE(
        std::holds_alternative<standard_webhooks_auth>(find("default." + id)->authentications.front()));
}

TEST_F(webhooks_test, what_is_shown_for_a_secret_replaces_none) {
    const auto id = make_webhook({{"authentication", {{"type", "bearer"}, {"token", "t0k3n"}}}});
    const auto path = "/api/webhooks/" + id;
    const auto shown = ask("GET", path);
    const auto back = ask("PATCH", path, json{{"authentication", shown.body["authentication"]}}.dump());
    EXPECT_EQ(back.status, 422);
    EXPECT_EQ(back.body["errors"][0]["field"], "authentication");
    EXPECT_EQ(ask("PATCH", path, R"({"headers":{"X-Token":"***"}})").status, 422);
    EXPECT_EQ(ask("PATCH", path, R"({"description":"***"})").status, 200);
    EXPECT_EQ(ask("PATCH", path, R"({"authentication":null})").status, 422) << "nothing would be signed";
    EXPECT_EQ(std::get<bearer_auth>(find("default." + id)->authentications.front()).token.reveal(), "t0k3n");
}

TEST_F(webhooks_test, a_patch_has_two_media_types) {
    const auto id = make_webhook();
    http::request request;
    request.method = "PATCH";
    request.path = "/api/webhooks/" + id;
    request.body = R"({"description":"x"})";
    request.headers = {{"Authorization", "Bearer root"}, {"Content-Type", "application/merge-patch+json"}};
    EXPECT_EQ(send(request).status, 200);
    request.headers.back().second = "text/plain";
    EXPECT_EQ(send(request).status, 415);
    request.headers.pop_back();
    EXPECT_EQ(send(request).status, 415);
}

TEST_F(webhooks_test, those_of_files_are_read_only_here) {
    write_file({file_endpoint("partner"), file_endpoint("theirs", "acme")});
    const auto shown = ask("GET", "/api/webhooks/partner");
    EXPECT_EQ(shown.body["source"], "file");
    EXPECT_EQ(shown.body["file"], "a.yaml");
    EXPECT_FALSE(shown.body.contains("created_at"));
    for (const auto& refused :
         {ask("PATCH", "/api/webhooks/partner", "{}"), ask("DELETE", "/api/webhooks/partner"),
          ask("POST", "/api/webhooks/partner/rotate-secret")}) {
        EXPECT_EQ(refused.status, 409);
        EXPECT_EQ(refused.code(), "defined_in_file");
        EXPECT_NE(refused.body["detail"].get<std::string>().find("a.yaml"), std::string::npos);
    }
    const auto bound = ask_as("acme", "DELETE", "/api/webhooks/theirs");
    EXPECT_EQ(bound.code(), "defined_in_file");
    EXPECT_EQ(bound.body["detail"].get<std::string>().find("a.yaml"), std::string::npos);
}

TEST_F(webhooks_test, a_list_goes_page_by_page) {
    write_file({file_endpoint("b"), file_endpoint("a"), file_endpoint("c"), file_endpoint("d", "acme")});
    const auto first = ask("GET", "/api/webhooks?limit=2");
    EXPECT_EQ(ids_of(first.body["webhooks"]), (std::vector<std::string>{"a", "b"}));
    ASSERT_TRUE(first.body["next_cursor"].is_string());
    const auto second =
        ask("GET", "/api/webhooks?limit=2&cursor=" + first.body["next_cursor"].get<std::string>());
    EXPECT_EQ(ids_of(second.body["webhooks"]), (std::vector<std::string>{"c", "d"}));
    EXPECT_TRUE(second.body["next_cursor"].is_null());
    EXPECT_EQ(ids_of(ask_as("acme", "GET", "/api/webhooks").body["webhooks"]), std::vector<std::string>{"d"});
    ASSERT_EQ(ask("POST", "/api/webhooks/c/pause").status, 200);
    EXPECT_EQ(ids_of(ask("GET", "/api/webhooks?state=paused").body["webhooks"]),
              std::vector<std::string>{"c"});
    for (const auto* query : {"limit=0", "limit=251", "limit=x", "limit=", "cursor=", "cursor=%20",
                              "state=odd", "colour=red", "limit=1&limit=2"})
        EXPECT_EQ(ask("GET", "/api/webhooks?" + std::string(query)).status, 422) << query;
}

TEST_F(webhooks_test, pause_and_resume_are_state_of_files_too) {
    write_file({file_endpoint("partner")});
    const auto paused = ask("POST", "/api/webhooks/partner/pause");
    ASSERT_EQ(paused.status, 200);
    EXPECT_EQ(paused.body["state"], "paused");
    EXPECT_TRUE(paused.body["state_since"].is_string());
    EXPECT_EQ(ask("GET", "/api/webhooks/partner").body["state"], "paused");
    EXPECT_EQ(ask("POST", "/api/webhooks/partner/pause").status, 200) << "again changes nothing";
    EXPECT_EQ(ask("POST", "/api/webhooks/partner/resume").body["state"], "active");
    EXPECT_EQ(ask("GET", "/api/webhooks/partner").body["state"], "active");
    EXPECT_TRUE(read_catalog().standings.empty());
}

TEST_F(webhooks_test, a_disabled_one_tells_why_until_it_is_resumed) {
    const auto id = make_webhook();
    const auto gone = wait(catalog_.change_standing("default." + id, catalog::store::step::disable_gone,
                                                    "https://receiver.example.org/in"));
    ASSERT_TRUE(gone);
    look_at_catalog();
    const auto shown = ask("GET", "/api/webhooks/" + id);
    EXPECT_EQ(shown.body["state"], "disabled");
    EXPECT_EQ(shown.body["disabled_reason"], "gone");
    EXPECT_EQ(ask("POST", "/api/webhooks/" + id + "/resume").body["state"], "active");
}

TEST_F(webhooks_test, a_stored_change_that_cannot_be_applied_at_once_says_so) {
    const auto id = make_webhook();
    refresh_fault_ = "a shard does not answer";
    const auto paused = ask("POST", "/api/webhooks/" + id + "/pause");
    EXPECT_EQ(paused.status, 503);
    EXPECT_TRUE(paused.headers.contains("Retry-After"));
    EXPECT_NE(paused.body["detail"].get<std::string>().find("stored"), std::string::npos);
    const auto made = ask("POST", "/api/webhooks", R"({"url":"https://a.example.org/","events":["a"]})");
    EXPECT_EQ(made.status, 201) << "nothing else would ever tell its secret";
    EXPECT_TRUE(made.body["secret"].is_string());
    const auto rotated = ask("POST", "/api/webhooks/" + id + "/rotate-secret");
    EXPECT_EQ(rotated.status, 200);
    EXPECT_TRUE(rotated.body["secret"].is_string());
    EXPECT_EQ(ask("DELETE", "/api/webhooks/" + id).status, 503);
    EXPECT_EQ(read_catalog().endpoints.size(), 1U) << "and it is done";
    EXPECT_EQ(job_wakes_, 1);
}

TEST_F(webhooks_test, without_redis_changes_are_refused_and_reads_go_on) {
    const auto id = make_webhook();
    server_.kill_now();
    EXPECT_EQ(ask("POST", "/api/webhooks", R"({"url":"https://a.example.org/","events":["a"]})").status, 503);
    EXPECT_EQ(ask("PATCH", "/api/webhooks/" + id, "{}").status, 503);
    EXPECT_EQ(ask("DELETE", "/api/webhooks/" + id).status, 503);
    const auto paused = ask("POST", "/api/webhooks/" + id + "/pause");
    EXPECT_EQ(paused.status, 503);
    EXPECT_TRUE(paused.headers.contains("Retry-After"));
    const auto shown = ask("GET", "/api/webhooks/" + id);
    EXPECT_EQ(shown.status, 200);
    EXPECT_TRUE(shown.body["queue_depth"].is_null());
    EXPECT_TRUE(shown.body["circuit"].is_null());
    EXPECT_EQ(ask("GET", "/api/webhooks").status, 200);
    const auto status = ask("GET", "/api/status");
    EXPECT_EQ(status.status, 200);
    EXPECT_TRUE(status.body["totals"].is_null());
    EXPECT_EQ(status.body["webhooks"]["active"], 1);
}

class keyless_test : public admin_story {
 protected:
    keyless_test() : admin_story(false) {}
};

TEST_F(keyless_test, nothing_is_stored_that_could_not_be_sealed) {
    const auto refused = ask("POST", "/api/webhooks", R"({"url":"https://a.example.org/","events":["a"]})");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.code(), "no_encryption_key");
}

}  // namespace
}  // namespace postrider::admin
