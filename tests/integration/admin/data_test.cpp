#include "record_story.h"

#include <sstream>

namespace postrider::admin {
namespace {

/// What is kept of an event or for a tenant: handed out, and deleted.
class data_test : public record_story {
 protected:
    struct lines {
        int status = 0;
        std::vector<json> all;
        int pages = 0;
    };
    /// All pages of an export, without their last lines.
    lines read(const std::string& path, std::string_view token = "root") {
        lines found;
        std::string cursor;
        do {
            http::request request;
            request.method = "GET";
            request.path = path;
            request.query = cursor.empty() ? "" : "cursor=" + cursor;
            request.headers.emplace_back("Authorization", "Bearer " + std::string(token));
            const auto said = send(std::move(request));
            found.status = said.status;
            if (said.status != 200) return found;
            EXPECT_EQ(said.content_type, "application/x-ndjson");
            ++found.pages;
            std::istringstream text(said.body);
            std::vector<json> page;
            for (std::string line; std::getline(text, line);)
                page.push_back(json::parse(line));
            EXPECT_EQ(page.back()["kind"], "page");
            const auto next = page.back()["next_cursor"];
            page.pop_back();
            found.all.insert(found.all.end(), page.begin(), page.end());
            cursor = next.is_null() ? "" : next.get<std::string>();
        } while (!cursor.empty() && found.pages < 100);
        return found;
    }
    static std::map<std::string, std::string> statuses(const std::vector<json>& all) {
        std::map<std::string, std::string> found;
        for (const auto& line : all)
            found[line["event_id"].get<std::string>() + ' ' + line["webhook_id"].get<std::string>()] =
                line["status"];
        return found;
    }
};

TEST_F(data_test, an_event_is_exported_with_its_deliveries) {
    put("e1", {"shop", "other"});
    retry(take("shop"));
    bury(take("other"));
    const auto found = read("/api/events/e1/export");
    ASSERT_EQ(found.status, 200);
    ASSERT_EQ(found.all.size(), 3u);
    EXPECT_EQ(found.all[0]["kind"], "event");
    EXPECT_EQ(found.all[0]["payload"]["data"]["amount"], 1.5);
    EXPECT_EQ(found.all[1]["kind"], "delivery");
    EXPECT_EQ(found.all[1]["webhook_id"], "other");
    EXPECT_EQ(found.all[1]["dead_letter"]["reason"], "attempts_exhausted");
    EXPECT_EQ(found.all[2]["status"], "retrying");
    EXPECT_EQ(found.all[2]["key"], "k");
    EXPECT_EQ(found.all[2]["attempts_made"].size(), 1u);
    EXPECT_NE(found.all[2]["request_body"].get<std::string>().find("1.50"), std::string::npos);
    EXPECT_TRUE(found.all[2]["dead_letter"].is_null());
    EXPECT_EQ(read("/api/events/nothing/export").status, 404);
}

TEST_F(data_test, all_of_a_tenant_is_exported_page_by_page) {
    put("delivered");
    deliver(take());
    kill("dead");
    put("retrying");
    retry(take());
    put("flying");
    const auto flying = take();
    for (int number = 0; number < 150; ++number)
        put("waits" + std::to_string(number), {"shop", "other"});
    put("hers", {"mine"});
    const auto found = read("/api/tenants/default/export");
    EXPECT_GT(found.pages, 2);
    const auto all = statuses(found.all);
    EXPECT_EQ(all.size(), 4u + 300u);
    EXPECT_EQ(all.at("delivered shop"), "delivered");
    EXPECT_EQ(all.at("dead shop"), "dead");
    EXPECT_EQ(all.at("retrying shop"), "retrying");
    EXPECT_EQ(all.at("flying shop"), "delivering");
    EXPECT_EQ(all.at("waits149 other"), "pending");
    for (const auto& line : found.all)
        EXPECT_EQ(line["tenant"], "default");
    deliver(flying);
}

TEST_F(data_test, dead_letters_are_exported_also_when_their_history_is_forgotten) {
    kill("e1");
    const auto partition = queue::keys("t", 4).partition_of("default.shop");
    call(redis::command("DEL", queue::keys("t", 4).history(partition, "default.shop")));
    const auto found = read("/api/tenants/default/export");
    ASSERT_EQ(found.all.size(), 1u);
    EXPECT_EQ(found.all[0]["dead_letter"]["event_id"], "e1");
}

TEST_F(data_test, what_is_parked_behind_its_key_is_exported_too) {
    order_by_key("shop");
    for (int number = 0; number < 130; ++number)
        put("e" + std::to_string(number));
    const auto found = read("/api/tenants/default/export");
    EXPECT_EQ(found.all.size(), 130u);
    EXPECT_EQ(statuses(found.all).size(), 130u) << "each once";
    EXPECT_GT(found.pages, 1);
}

TEST_F(data_test, a_tenant_is_its_own) {
    put("hers", {"mine"});
    EXPECT_EQ(read("/api/tenants/acme/export", "acme-eye").all.size(), 1u);
    EXPECT_EQ(read("/api/events/hers/export", "acme-eye").all.size(), 2u);
    EXPECT_EQ(read("/api/tenants/default/export", "acme-eye").status, 403);
    EXPECT_EQ(ask_as("acme", "DELETE", "/api/tenants/default/data").code(), "other_tenant");
    EXPECT_EQ(ask_as("acme-eye", "DELETE", "/api/tenants/acme/data").status, 403);
    EXPECT_EQ(ask_as("acme", "DELETE", "/api/events/hers?tenant=default").code(), "other_tenant");
    EXPECT_EQ(ask("DELETE", "/api/tenants/a.b/data").status, 404);
    EXPECT_EQ(ask("GET", "/api/tenants/acme/export?cursor=forged").code(), "invalid_cursor");
    EXPECT_EQ(job_wakes_, 0);
}

TEST_F(data_test, a_deletion_is_a_job_that_its_tenant_may_follow) {
    const auto said = ask_as("acme", "DELETE", "/api/tenants/acme/data");
    ASSERT_EQ(said.status, 202) << said.body.dump();
    const auto& job = said.body["job"];
    EXPECT_EQ(job["kind"], "delete_tenant");
    EXPECT_EQ(job["status"], "running");
    EXPECT_EQ(job["filter"]["tenant"], "acme");
    EXPECT_EQ(said.headers.at("Location"), "/api/jobs/" + job["id"].get<std::string>());
    EXPECT_EQ(ask_as("acme-eye", "GET", said.headers.at("Location")).status, 200);
    const auto event = ask("DELETE", "/api/events/e1?tenant=acme");
    EXPECT_EQ(event.body["job"]["kind"], "delete_event");
    EXPECT_EQ(ask_as("acme-eye", "GET", event.headers.at("Location")).status, 200);
    EXPECT_EQ(ask("DELETE", "/api/events/e1").status, 202);
    EXPECT_EQ(job_wakes_, 3);
}

}  // namespace
}  // namespace postrider::admin
