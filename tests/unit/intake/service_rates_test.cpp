#include "service_story.h"

namespace postrider::intake {
namespace {

TEST_F(service_test, who_asks_too_often_is_429_and_told_when_to_come_again) {
    use_rate(0.5, 2);
    const auto event = as_shop(post(R"({"type":"case.created","data":1})"));
    EXPECT_EQ(ask(event).status, 202);
    EXPECT_EQ(ask(event).status, 202);
    const auto refused = ask(event);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(json::parse(refused.body)["code"], "rate_limited");
    EXPECT_EQ(refused.headers, (decltype(refused.headers){{"Retry-After", "2"}}));
    EXPECT_FALSE(refused.close) << "who is refused should not have to connect anew";
    EXPECT_TRUE(has_metric("webhook_rate_limited_requests_total{token=\"shop\"} 1"));
    EXPECT_EQ(queue_.stored.size(), 2U) << "nothing of it was stored";
}

TEST_F(service_test, a_batch_is_as_many_requests_as_it_has_events) {
    use_rate(1, 3);
    const auto two = as_shop(batch(R"([{"type":"case.created","data":1},{"type":"case.created","data":1}])"));
    EXPECT_EQ(ask(two).status, 202);
    const auto refused = ask(two);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.headers, (decltype(refused.headers){{"Retry-After", "1"}}));
    EXPECT_EQ(ask(as_shop(post(R"({"type":"case.created","data":1})"))).status, 202) << "one is left";
}

TEST_F(service_test, what_is_faulty_uses_up_the_rate_too) {
    use_rate(1, 2);
    EXPECT_EQ(ask(as_shop(post("{"))).status, 400);
    EXPECT_EQ(ask(as_shop(batch("{"))).status, 400);
    EXPECT_EQ(ask(as_shop(post(R"({"type":"case.created","data":1})"))).status, 429);
}

TEST_F(service_test, a_token_without_a_rate_is_not_slowed_by_others) {
    use_rate(1, 1);
    use_tokens({token("free", access::scope::ingest)});
    for (int n = 0; n < 5; ++n)
        EXPECT_EQ(
            ask(with(post(R"({"type":"case.created","data":1})"), "Authorization", "Bearer free")).status,
            202);
}

TEST_F(service_test, both_values_of_a_token_being_rotated_are_good_and_the_old_one_is_counted) {
    auto shop = token("shop", access::scope::ingest);
    shop.digest = sha256({"fresh"});
    shop.previous = access::previous_value{sha256({"shop"}), std::nullopt};
    use_tokens({shop});
    const auto event = post(R"({"type":"case.created","data":1})");
    EXPECT_EQ(ask(with(event, "Authorization", "Bearer fresh")).status, 202);
    EXPECT_EQ(ask(with(event, "Authorization", "Bearer shop")).status, 202);
    EXPECT_TRUE(has_metric("webhook_previous_token_requests_total{token=\"shop\"} 1"));
}

}  // namespace
}  // namespace postrider::intake
