#include "record_story.h"

#include <set>

namespace postrider::admin {
namespace {

class dead_letters_test : public record_story {
 protected:
    static std::set<std::string> events_of(const std::vector<json>& rows) {
        std::set<std::string> ids;
        for (const auto& row : rows)
            ids.insert(row["event_id"].get<std::string>());
        return ids;
    }
    std::set<std::string> found(const std::string& filter, std::string_view token = "root") {
        return events_of(list_all("/api/dead-letters?" + filter, "dead_letters", token));
    }
    answer replay(const json& body, std::string_view token = "root") {
        return ask_as(token, "POST", "/api/dead-letters/replay", body.dump());
    }
};

TEST_F(dead_letters_test, are_listed_by_filters) {
    using names = std::set<std::string>;
    kill("e1");
    kill("e2", "other", "case.closed");
    kill("e3", "shop", "case.created", dead_reason::expired);
    kill("e4", "mine");
    EXPECT_EQ(found(""), (names{"e1", "e2", "e3", "e4"}));
    EXPECT_EQ(found("webhook_id=shop&"), (names{"e1", "e3"}));
    EXPECT_EQ(found("webhook_id=mine&"), (names{"e4"}));
    EXPECT_EQ(found("event_type=case.closed&"), (names{"e2"}));
    EXPECT_EQ(found("reason=expired&"), (names{"e3"}));
    EXPECT_EQ(found("after=2999-01-01T00:00:00Z&"), names());
    EXPECT_EQ(found("", "acme-eye"), (names{"e4"}));
    EXPECT_EQ(found("webhook_id=shop&", "acme-eye"), names());
    EXPECT_EQ(ask("GET", "/api/dead-letters?reason=odd").code(), "invalid_query");
    EXPECT_EQ(ask("GET", "/api/dead-letters?status=dead").code(), "invalid_query");
    const std::string cursor = ask("GET", "/api/dead-letters?limit=1").body["next_cursor"];
    EXPECT_EQ(ask_as("acme-eye", "GET", "/api/dead-letters?cursor=" + cursor).code(), "invalid_cursor");
}

TEST_F(dead_letters_test, one_is_shown_and_purged) {
    kill("e1");
    const auto shown = ask_as("eye", "GET", letter_of("e1"));
    ASSERT_EQ(shown.status, 200) << shown.body.dump();
    EXPECT_EQ(shown.body["id"], id_of("dl_", "e1", "shop"));
    EXPECT_EQ(shown.body["event_id"], "e1");
    EXPECT_EQ(shown.body["webhook_id"], "shop");
    EXPECT_EQ(shown.body["event_type"], "case.created");
    EXPECT_EQ(shown.body["reason"], "attempts_exhausted");
    EXPECT_EQ(shown.body["attempts"], 1);
    EXPECT_EQ(shown.body["response_code"], 500);
    EXPECT_EQ(shown.body["response_body"], "a\xef\xbf\xbd");
    EXPECT_EQ(shown.body["error"], "server error");
    EXPECT_TRUE(shown.body["created_at"].is_string());
    EXPECT_EQ(ask_as("eye", "DELETE", letter_of("e1")).status, 403);
    EXPECT_EQ(ask("DELETE", letter_of("e1")).status, 204);
    EXPECT_EQ(ask("GET", letter_of("e1")).status, 404);
    EXPECT_EQ(ask("DELETE", letter_of("e1")).status, 404);
}

TEST_F(dead_letters_test, one_of_another_tenant_is_not_there) {
    kill("e1");
    kill("e1", "mine");
    const auto foreign = ask_as("acme", "GET", letter_of("e1"));
    EXPECT_EQ(foreign.status, 404);
    EXPECT_EQ(foreign.body, ask("GET", "/api/dead-letters/dl_x").body);
    EXPECT_EQ(ask_as("acme", "DELETE", letter_of("e1")).status, 404);
    EXPECT_EQ(ask("GET", letter_of("e1")).status, 200);
    EXPECT_EQ(ask_as("acme", "DELETE", letter_of("e1", "mine")).status, 204);
}

TEST_F(dead_letters_test, a_replay_is_a_job_of_its_tenant) {
    const auto made =
        replay({{"webhook_id", "mine"}, {"reason", "expired"}, {"before", "2026-01-31T12:00:00Z"}}, "acme");
    ASSERT_EQ(made.status, 202) << made.body.dump();
    EXPECT_EQ(job_wakes_, 1);
    const auto& job = made.body["job"];
    EXPECT_EQ(job["kind"], "replay");
    EXPECT_EQ(job["status"], "running");
    EXPECT_EQ(job["done"], 0);
    EXPECT_EQ(job["filter"]["webhook_id"], "mine");
    EXPECT_EQ(job["filter"]["reason"], "expired");
    EXPECT_EQ(job["filter"]["before"], "2026-01-31T12:00:00.000Z");
    EXPECT_TRUE(job["filter"]["after"].is_null());
    EXPECT_TRUE(job["error"].is_null());
    const auto path = "/api/jobs/" + job["id"].get<std::string>();
    EXPECT_EQ(made.headers.at("Location"), path);
    EXPECT_EQ(ask_as("acme-eye", "GET", path).body["job"]["id"], job["id"]);
    EXPECT_EQ(ask("GET", path).status, 200);

    const auto all = ask("POST", "/api/dead-letters/purge", "{}");
    ASSERT_EQ(all.status, 202);
    EXPECT_EQ(all.body["job"]["kind"], "purge");
    const auto foreign = "/api/jobs/" + all.body["job"]["id"].get<std::string>();
    EXPECT_EQ(ask_as("acme-eye", "GET", foreign).status, 404);
    EXPECT_EQ(ask_as("acme-eye", "GET", foreign).body, ask("GET", "/api/jobs/job_x").body);
    EXPECT_EQ(list_all("/api/jobs?", "jobs").size(), 2U);
    const auto mine = list_all("/api/jobs?", "jobs", "acme-eye");
    ASSERT_EQ(mine.size(), 1U);
    EXPECT_EQ(mine[0]["id"], job["id"]);
    EXPECT_EQ(ask("GET", "/api/jobs?status=done").code(), "invalid_query");
    EXPECT_EQ(ask("GET", "/api/jobs?cursor=x").code(), "invalid_cursor");
}

TEST_F(dead_letters_test, letters_can_be_named) {
    const auto id = id_of("dl_", "e1", "shop");
    const auto made = replay({{"ids", {id, id, id_of("dl_", "e2", "shop")}}});
    ASSERT_EQ(made.status, 202) << made.body.dump();
    EXPECT_EQ(made.body["job"]["total"], 2) << "each once";
    struct row {
        json body;
        std::string field;
    };
    for (const auto& [body, field] :
         std::initializer_list<row>{{{{"ids", json::array()}}, "ids"},
                                    {{{"ids", id}}, "ids"},
                                    {{{"ids", std::vector<std::string>(1001, id)}}, "ids"},
                                    {{{"ids", {id, "del_x"}}}, "ids[1]"},
                                    {{{"ids", {7}}}, "ids[0]"},
                                    {{{"ids", {id}}, {"webhook_id", "shop"}}, "ids"},
                                    {{{"webhook", "shop"}}, "webhook"},
                                    {{{"webhook_id", ""}}, "webhook_id"},
                                    {{{"webhook_id", nullptr}}, "webhook_id"},
                                    {{{"event_type", "case.*"}}, "event_type"},
                                    {{{"reason", "odd"}}, "reason"},
                                    {{{"before", "now"}}, "before"},
                                    {{{"after", 7}}, "after"}}) {
        const auto refused = replay(body);
        EXPECT_EQ(refused.status, 422) << body.dump();
        ASSERT_EQ(refused.body["errors"].size(), 1U) << refused.body.dump();
        EXPECT_EQ(refused.body["errors"][0]["field"], field) << body.dump();
    }
    EXPECT_EQ(ask("POST", "/api/dead-letters/purge").status, 415) << "without a body nothing is purged";
    EXPECT_EQ(ask("POST", "/api/dead-letters/purge", "[]").status, 422);
    EXPECT_EQ(ask("POST", "/api/dead-letters/purge?webhook_id=shop", "{}").code(), "invalid_query");
    EXPECT_EQ(ask_as("eye", "POST", "/api/dead-letters/purge", "{}").status, 403);
    EXPECT_EQ(list_all("/api/jobs?", "jobs").size(), 1U);
}

TEST_F(dead_letters_test, no_more_jobs_run_than_may) {
    for (std::size_t made = 0; made < dead_letter::job_store::most_running; ++made)
        ASSERT_EQ(replay(json::object()).status, 202);
    const auto refused = replay(json::object());
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.code(), "too_many_jobs");
    EXPECT_TRUE(refused.headers.contains("Retry-After"));
    EXPECT_EQ(job_wakes_, 100);
}

}  // namespace
}  // namespace postrider::admin
