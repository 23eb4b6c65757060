#include <admin/delivery_view.h>
#include <admin/event_handlers.h>
#include <gtest/gtest.h>

namespace postrider::admin {
namespace {

const std::string stored(22, 'A');

queue::attempt_record record(outcome::kind what) {
    queue::attempt_record made;
    made.event_id = "evt_1";
    made.event_type = "case.created";
    made.begun_at = wall_time(milliseconds(1'769'860'800'250));
    made.attempt = 2;
    made.what = what;
    made.reason = dead_reason::gone;
    made.duration = milliseconds(17);
    made.retry_in = milliseconds(5000);
    return made;
}

json attempt_of(const queue::attempt_record& made) {
    queue::delivery_detail detail;
    detail.row.queue_name = "default.shop";
    detail.row.store_id = stored;
    detail.attempts = {made};
    return describe_delivery(detail)["attempts_made"][0];
}

TEST(delivery_view_test, absent_is_null) {
    queue::delivery_row row;
    row.queue_name = "default.shop";
    row.store_id = stored;
    row.event_id = "evt_1";
    row.event_type = "a";
    EXPECT_EQ(describe_delivery(row).dump(),
              R"({"id":"del_)" + stored +
                  R"(_shop","event_id":"evt_1","webhook_id":"shop","event_type":"a","status":"pending",)"
                  R"("attempts":0,"response_code":null,"response_time_ms":null,"delivered_at":null,)"
                  R"("next_attempt_at":null,"error":null,"test":false,"parked":false})");
}

TEST(delivery_view_test, an_attempt_tells_what_was_sent_also_where_nothing_was_kept) {
    const auto bare = attempt_of(record(outcome::kind::retry));
    EXPECT_EQ(bare["outcome"], "retry");
    EXPECT_EQ(bare["retry_in_ms"], 5000);
    EXPECT_TRUE(bare["reason"].is_null());
    EXPECT_TRUE(bare["response_code"].is_null());
    EXPECT_TRUE(bare["response_body"].is_null());
    EXPECT_EQ(bare["response_time_ms"], 17);
    EXPECT_EQ(bare["request_headers"], (json{{"Content-Type", "application/json"},
                                             {"webhook-id", "evt_1"},
                                             {"webhook-timestamp", "1769860800"},
                                             {"postrider-attempt", "2"}}));
    EXPECT_EQ(bare["response_headers"], json::object());
    EXPECT_TRUE(bare["trace_id"].is_null());
    EXPECT_TRUE(bare["span_id"].is_null());
    auto traced = record(outcome::kind::delivered);
    traced.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    traced.span_id = 0x00f067aa0ba902b7;
    EXPECT_EQ(attempt_of(traced)["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(attempt_of(traced)["span_id"], "00f067aa0ba902b7");

    auto kept = record(outcome::kind::dead);
    kept.status = 410;
    kept.request_headers = "Host: a\nWebhook-Id: as-sent\nwebhook-signature: ***\n";
    kept.response_headers = "Server: x\nVia: a\nVia: b: c\ncut off he";
    kept.response_body = "gone";
    const auto full = attempt_of(kept);
    EXPECT_EQ(full["reason"], "gone");
    EXPECT_TRUE(full["retry_in_ms"].is_null());
    EXPECT_EQ(full["response_code"], 410);
    EXPECT_EQ(full["request_headers"]["Webhook-Id"], "as-sent");
    EXPECT_FALSE(full["request_headers"].contains("webhook-id"));
    EXPECT_EQ(full["request_headers"]["webhook-signature"], "***");
    EXPECT_EQ(full["response_headers"], (json{{"Server", "x"}, {"Via", "a, b: c"}}));
    EXPECT_EQ(full["response_body"], "gone");
}

TEST(delivery_view_test, what_is_not_utf8_is_shown_all_the_same) {
    auto kept = record(outcome::kind::delivered);
    kept.response_body = "a\xff";
    kept.response_headers = "X: \xfe\n";
    const auto said = answer(200, attempt_of(kept));
    EXPECT_EQ(json::parse(said.body)["response_body"], "a\xef\xbf\xbd");
    EXPECT_EQ(json::parse(said.body)["response_headers"]["X"], "\xef\xbf\xbd");
}

TEST(delivery_view_test, a_payload_is_shown_to_the_byte) {
    queue::event_view event;
    event.head.id = "evt_1";
    event.head.tenant = "default";
    event.body = R"({"data":{"n": 1.50, "big": 123456789012345678901234567890}})";
    EXPECT_TRUE(describe_event(event).ends_with(R"(,"payload":)" + *event.body + '}'));
    EXPECT_TRUE(json::parse(describe_event(event))["data_available"]);
    EXPECT_TRUE(json::parse(describe_event(event))["timestamp"].is_null());
    event.body = "no json \xff";
    EXPECT_EQ(json::parse(describe_event(event))["payload"], "no json \xef\xbf\xbd");
    event.body.reset();
    EXPECT_TRUE(json::parse(describe_event(event))["payload"].is_null());
    EXPECT_FALSE(json::parse(describe_event(event))["data_available"]);
}

}  // namespace
}  // namespace postrider::admin
