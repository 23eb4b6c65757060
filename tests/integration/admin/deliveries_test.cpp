#include "record_story.h"

namespace postrider::admin {
namespace {

class deliveries_test : public record_story {
 protected:
    static constexpr const char* list = "/api/webhooks/shop/deliveries";
    static std::vector<std::string> events_of(const std::vector<json>& rows) {
        std::vector<std::string> ids;
        for (const auto& row : rows)
            ids.push_back(row["event_id"].get<std::string>() + ' ' + row["status"].get<std::string>());
        return ids;
    }
};

TEST_F(deliveries_test, are_listed_with_what_became_of_them) {
    for (const auto* id : {"e1", "e2", "e3", "e4"})
        put(id);
    deliver(take());
    retry(take());
    bury(take());
    const auto page = ask("GET", list);
    ASSERT_EQ(page.status, 200) << page.body.dump();
    EXPECT_TRUE(page.body["next_cursor"].is_null());
    const std::vector<json> rows = page.body["deliveries"];
    EXPECT_EQ(events_of(rows),
              (std::vector<std::string>{"e3 dead", "e2 retrying", "e1 delivered", "e4 pending"}));
    EXPECT_EQ(rows[0]["error"], "server error");
    EXPECT_EQ(rows[1]["attempts"], 1);
    EXPECT_TRUE(rows[1]["next_attempt_at"].is_string());
    EXPECT_EQ(rows[2]["id"], id_of("del_", "e1", "shop"));
    EXPECT_EQ(rows[2]["webhook_id"], "shop");
    EXPECT_EQ(rows[2]["event_type"], "case.created");
    EXPECT_EQ(rows[2]["response_code"], 200);
    EXPECT_EQ(rows[2]["response_time_ms"], 7);
    EXPECT_TRUE(rows[2]["delivered_at"].is_string());
    EXPECT_TRUE(rows[2]["error"].is_null());
    EXPECT_TRUE(rows[3]["response_code"].is_null());
    EXPECT_EQ(list_all(std::string(list) + '?', "deliveries"), rows);
}

TEST_F(deliveries_test, filters_select_and_cursors_hold_for_theirs) {
    for (const auto* id : {"e1", "e2", "e3"})
        kill(id);
    put("e4", {"shop"}, "case.closed");
    const std::string base(list);
    EXPECT_EQ(ask("GET", base + "?status=dead").body["deliveries"].size(), 3U);
    EXPECT_EQ(ask("GET", base + "?status=delivered").body["deliveries"].size(), 0U);
    EXPECT_EQ(ask("GET", base + "?event_type=case.closed").body["deliveries"].size(), 1U);
    EXPECT_EQ(ask("GET", base + "?after=2999-01-01T00:00:00Z&status=dead").body["deliveries"].size(), 0U);
    EXPECT_EQ(ask("GET", base + "?limit=10&status=&event_type=&before=&after=").status, 200);
    EXPECT_EQ(list_all(base + "?status=dead&", "deliveries").size(), 3U);
    const auto page = ask("GET", base + "?status=dead&limit=1");
    const std::string cursor = page.body["next_cursor"];
    EXPECT_EQ(ask("GET", base + "?limit=2&status=dead&cursor=" + cursor).status, 200) << "another size";
    for (const auto& target : {base + "?status=retrying&cursor=" + cursor, base + "?cursor=" + cursor,
                               "/api/webhooks/other/deliveries?status=dead&cursor=" + cursor,
                               base + "?status=dead&cursor=A" + cursor, base + "?cursor=d.1.x"}) {
        const auto refused = ask("GET", target);
        EXPECT_EQ(refused.status, 422) << target;
        EXPECT_EQ(refused.code(), "invalid_cursor") << target;
    }
    for (const auto* text :
         {"?limit=251", "?limit=0", "?colour=red", "?status=odd", "?before=now", "?parked=yes"}) {
        const auto refused = ask("GET", base + text);
        EXPECT_EQ(refused.status, 422) << text;
        EXPECT_EQ(refused.code(), "invalid_query") << text;
    }
}

TEST_F(deliveries_test, those_parked_behind_their_key_are_told_from_the_others) {
    order_by_key("shop");
    for (const auto* id : {"e1", "e2", "e3"})
        put(id);
    const std::string base(list);
    const auto all = list_all(base + "?status=pending&", "deliveries");
    EXPECT_EQ(events_of(all), (std::vector<std::string>{"e1 pending", "e3 pending", "e2 pending"}));
    EXPECT_EQ(all[0]["parked"], false);
    EXPECT_EQ(all[1]["parked"], true);
    EXPECT_EQ(list_all(base + "?parked=true&", "deliveries"), (std::vector<json>{all[1], all[2]}));
    EXPECT_EQ(list_all(base + "?parked=false&", "deliveries"), std::vector<json>{all[0]});
    EXPECT_EQ(ask("GET", delivery_of("e2")).body["parked"], true);
    const auto page = ask("GET", base + "?parked=true&limit=1");
    EXPECT_EQ(ask("GET", base + "?cursor=" + page.body["next_cursor"].get<std::string>()).code(),
              "invalid_cursor");
}

TEST_F(deliveries_test, one_is_shown_with_each_attempt) {
    put("e1");
    deliver(take(), true);
    const auto shown = ask_as("eye", "GET", delivery_of("e1"));
    ASSERT_EQ(shown.status, 200) << shown.body.dump();
    EXPECT_EQ(shown.body["status"], "delivered");
    ASSERT_EQ(shown.body["attempts_made"].size(), 1U);
    const auto& attempt = shown.body["attempts_made"][0];
    EXPECT_EQ(attempt["attempt"], 1);
    EXPECT_EQ(attempt["outcome"], "delivered");
    EXPECT_EQ(attempt["request_headers"]["webhook-id"], "e1");
    EXPECT_EQ(json::parse(shown.body["request_body"].get<std::string>())["id"], "e1");
    EXPECT_EQ(shown.body["accepted_at"], "2026-01-31T12:00:00.000Z");
    EXPECT_EQ(ask("GET", delivery_of("e1") + "?colour=red").code(), "invalid_query");
}

TEST_F(deliveries_test, those_of_another_tenant_are_as_unknown_as_those_that_never_were) {
    put("e1");
    put("e1", {"mine"});
    EXPECT_EQ(ask_as("acme-eye", "GET", delivery_of("e1", "mine")).status, 200);
    EXPECT_EQ(ask("GET", delivery_of("e1", "mine")).status, 200);
    const auto foreign = ask_as("acme-eye", "GET", delivery_of("e1"));
    const auto unknown = ask_as("acme-eye", "GET", delivery_of("e9"));
    EXPECT_EQ(foreign.status, 404);
    EXPECT_EQ(foreign.body, unknown.body);
    EXPECT_EQ(ask("GET", "/api/deliveries/del_x").body, unknown.body);
    EXPECT_EQ(ask_as("acme-eye", "GET", list).status, 404);
    EXPECT_EQ(ask_as("acme-eye", "GET", list).body, ask("GET", "/api/webhooks/nobody/deliveries").body);
    EXPECT_EQ(ask_as("shop", "GET", list).status, 403);
    EXPECT_EQ(ask_as("", "GET", delivery_of("e1")).status, 401);
}

}  // namespace
}  // namespace postrider::admin
