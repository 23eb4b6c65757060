#include "record_story.h"

namespace postrider::admin {
namespace {

class events_test : public record_story {
 protected:
    answer redeliver(const std::string& event, const std::string& body = "{}",
                     std::string_view token = "root") {
        return ask_as(token, "POST", "/api/events/" + event + "/redeliver", body);
    }
};

TEST_F(events_test, one_is_shown_with_its_deliveries) {
    put("e1", {"shop", "other"});
    deliver(take("shop"));
    const auto shown = ask("GET", "/api/events/e1");
    ASSERT_EQ(shown.status, 200) << shown.body.dump();
    EXPECT_EQ(shown.body["id"], "e1");
    EXPECT_EQ(shown.body["type"], "case.created");
    EXPECT_EQ(shown.body["timestamp"], "2026-01-31T12:00:00.000Z");
    EXPECT_EQ(shown.body["key"], "k");
    EXPECT_EQ(shown.body["tenant"], "default");
    EXPECT_EQ(shown.body["data_available"], true);
    EXPECT_EQ(shown.body["payload"]["data"]["amount"], 1.5);
    EXPECT_EQ(shown.body["deliveries"].size(), 2U);
}

TEST_F(events_test, an_event_whose_body_has_left_is_known_by_its_history) {
    put("e1");
    deliver(take());
    const auto shown = ask("GET", "/api/events/e1");
    ASSERT_EQ(shown.status, 200) << shown.body.dump();
    EXPECT_EQ(shown.body["data_available"], false);
    EXPECT_TRUE(shown.body["payload"].is_null());
    EXPECT_EQ(shown.body["type"], "case.created");
    EXPECT_EQ(shown.body["tenant"], "default");
    ASSERT_EQ(shown.body["deliveries"].size(), 1U);
    EXPECT_EQ(shown.body["deliveries"][0]["status"], "delivered");
    const auto refused = redeliver("e1");
    EXPECT_EQ(refused.status, 410);
    EXPECT_EQ(refused.code(), "body_gone");
}

TEST_F(events_test, belongs_to_its_tenant) {
    put("e1", {"mine"});
    EXPECT_EQ(ask_as("acme-eye", "GET", "/api/events/e1").status, 200);
    EXPECT_EQ(ask("GET", "/api/events/e1?tenant=acme").status, 200);
    EXPECT_EQ(ask("GET", "/api/events/e1").status, 404);
    EXPECT_EQ(ask_as("acme-eye", "GET", "/api/events/e1?tenant=acme").status, 200);
    EXPECT_EQ(ask_as("acme-eye", "GET", "/api/events/e1?tenant=default").code(), "other_tenant");
    EXPECT_EQ(ask("GET", "/api/events/e1?tenant=a.b").code(), "invalid_query");
    EXPECT_EQ(redeliver("e1", "{}", "acme").code(), "under_way");
    put("e2");
    EXPECT_EQ(redeliver("e2", "{}", "acme").status, 404);
    EXPECT_EQ(redeliver("e2", "{}", "eye").status, 403);
}

TEST_F(events_test, is_delivered_anew_where_it_is_not_under_way) {
    put("e1", {"shop", "other"});
    bury(take("shop"));
    const auto said = redeliver("e1");
    ASSERT_EQ(said.status, 202) << said.body.dump();
    EXPECT_EQ(said.body, (json{{"deliveries", 1}}));
    EXPECT_EQ(woken_, std::vector<std::string>{"default.shop"});
    EXPECT_EQ(ask("GET", delivery_of("e1")).body["status"], "pending");
    EXPECT_EQ(ask("GET", letter_of("e1")).status, 404);
    const auto again = redeliver("e1");
    EXPECT_EQ(again.status, 409);
    EXPECT_EQ(again.code(), "under_way");
    EXPECT_EQ(woken_.size(), 1U);
}

TEST_F(events_test, one_webhook_can_be_named) {
    put("e1", {"shop", "other"});
    bury(take("shop"));
    EXPECT_EQ(redeliver("e1", R"({"webhook_id":"other"})").code(), "under_way");
    EXPECT_EQ(redeliver("e1", R"({"webhook_id":"mine"})").status, 404);
    EXPECT_EQ(redeliver("e1", R"({"webhook_id":"nobody"})").status, 404);
    EXPECT_EQ(redeliver("e1", R"({"webhook_id":"shop"})").status, 202);
    EXPECT_EQ(redeliver("e1", "").code(), "under_way") << "a body may be left out";
}

TEST_F(events_test, a_body_in_another_partition_is_enough) {
    put("e1", {"shop", "other"});
    deliver(take("shop"));
    EXPECT_EQ(redeliver("e1", R"({"webhook_id":"shop"})").status, 202);
    EXPECT_EQ(woken_, std::vector<std::string>{"default.shop"});
    EXPECT_EQ(take("shop").event->body, take("other").event->body);
}

TEST_F(events_test, what_cannot_be_delivered_anew_is_told) {
    EXPECT_EQ(redeliver("nothing").status, 404);
    EXPECT_EQ(redeliver("nothing", R"({"webhook":"shop"})").body["errors"][0]["field"], "webhook");
    EXPECT_EQ(redeliver("nothing", R"({"webhook_id":7})").status, 422);
    EXPECT_EQ(redeliver("nothing", "{").status, 400);
    kill("e1");
    put("e2");
    bound_queue("shop", 1);
    const auto refused = redeliver("e1");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.code(), "queue_full");
    EXPECT_EQ(ask("GET", letter_of("e1")).status, 200) << "nothing was changed";
}

}  // namespace
}  // namespace postrider::admin
