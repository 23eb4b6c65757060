#include "exposition.h"

#include <postrider/metrics/registry.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace postrider::metrics {
namespace {

std::size_t count(const std::map<std::string, std::string>& series, const std::string& beginning) {
    return static_cast<std::size_t>(std::count_if(
        series.begin(), series.end(), [&](const auto& one) { return one.first.starts_with(beginning); }));
}

TEST(bounds, put_further_event_types_under_other) {
    registry all(3);
    const auto intake = all.for_intake();
    for (int n = 0; n < 10; ++n)
        intake->count("type." + std::to_string(n), intake_result::accepted);
    intake->count("type.0", intake_result::accepted);
    intake->count("type.9", intake_result::conflict);
    auto series = series_of(all);
    EXPECT_EQ(series[R"(webhook_events_total{event_type="type.0",result="accepted"})"], "2");
    EXPECT_EQ(series[R"(webhook_events_total{event_type="type.2",result="accepted"})"], "1");
    EXPECT_EQ(series[R"(webhook_events_total{event_type="other",result="accepted"})"], "7");
    EXPECT_EQ(series[R"(webhook_events_total{event_type="other",result="conflict"})"], "1");
    EXPECT_EQ(count(series, "webhook_events_total"), 5U);
}

TEST(bounds, hold_for_each_metric_by_itself) {
    registry all(2);
    for (int n = 0; n < 5; ++n) {
        const auto endpoint = all.for_endpoint("e" + std::to_string(n));
        endpoint->count_attempt("t", attempt_status::success);
        endpoint->count_attempt("t", attempt_status::timeout);
        endpoint->count_retry();
        endpoint->count_dead("gone");
        endpoint->observe_delivery_seconds(1);
        all.observe_redis_seconds("script" + std::to_string(n), 1);
        all.count_stored_fault("kind" + std::to_string(n));
    }
    auto series = series_of(all);
    EXPECT_EQ(series[R"(webhook_deliveries_total{endpoint="e0",event_type="t",status="timeout"})"], "1");
    EXPECT_EQ(series[R"(webhook_deliveries_total{endpoint="other",event_type="other",status="success"})"],
              "4");
    EXPECT_EQ(series[R"(webhook_retries_total{endpoint="other"})"], "3");
    EXPECT_EQ(series[R"(webhook_dead_letters_total{endpoint="other",reason="gone"})"], "3");
    EXPECT_EQ(series[R"(webhook_delivery_seconds_count{endpoint="other"})"], "3");
    EXPECT_EQ(series[R"(webhook_redis_seconds_count{script="other"})"], "3");
    EXPECT_EQ(series[R"(webhook_stored_faults_total{kind="other"})"], "3");
    EXPECT_EQ(count(series, "webhook_retries_total"), 3U);
}

TEST(bounds, keep_one_endpoint_from_using_up_those_of_all) {
    registry all;
    const auto endpoint = all.for_endpoint("everything");
    for (int n = 0; n < 500; ++n)
        endpoint->count_attempt("t" + std::to_string(n), attempt_status::success);
    endpoint->count_attempt("t0", attempt_status::success);
    auto series = series_of(all);
    const std::string beginning = R"(webhook_deliveries_total{endpoint="everything",event_type=")";
    EXPECT_EQ(count(series, beginning), 101U);
    EXPECT_EQ(series[beginning + R"(t0",status="success"})"], "2");
    EXPECT_EQ(series[beginning + R"(other",status="success"})"], "400");
}

TEST(bounds, show_further_gauges_together) {
    registry all(1);
    std::vector<std::unique_ptr<endpoint_series>> endpoints;
    for (int n = 0; n < 4; ++n) {
        endpoints.push_back(all.for_endpoint("e" + std::to_string(n)));
        endpoints.back()->set_in_flight(static_cast<std::uint64_t>(10 + n));
        endpoints.back()->set_oldest_event_seconds(100 - n);
        endpoints.back()->set_circuit_state(n == 2 ? 2 : 0);
        endpoints.back()->set_held(n > 1);
    }
    auto series = series_of(all);
    EXPECT_EQ(series[R"(webhook_in_flight{endpoint="e0"})"], "10");
    EXPECT_EQ(series[R"(webhook_in_flight{endpoint="other"})"], "36") << "the sum of 11, 12 and 13";
    EXPECT_EQ(series[R"(webhook_oldest_event_seconds{endpoint="other"})"], "99") << "the oldest";
    EXPECT_EQ(series[R"(webhook_circuit_state{endpoint="other"})"], "2") << "the most open one";
    EXPECT_EQ(series[R"(webhook_endpoint_held{endpoint="other"})"], "2") << "how many";

    endpoints[1].reset();
    all.forget_endpoint("e2");
    series = series_of(all);
    EXPECT_EQ(series[R"(webhook_in_flight{endpoint="other"})"], "13");
    EXPECT_EQ(series[R"(webhook_oldest_event_seconds{endpoint="other"})"], "97");
}

TEST(bounds, have_room_again_once_an_endpoint_is_forgotten) {
    registry all(1);
    all.for_endpoint("first")->count_retry();
    all.for_endpoint("second")->count_retry();
    all.forget_endpoint("first");
    all.for_endpoint("third")->count_retry();
    auto series = series_of(all);
    EXPECT_FALSE(series.contains(R"(webhook_retries_total{endpoint="first"})"));
    EXPECT_EQ(series[R"(webhook_retries_total{endpoint="other"})"], "1");
    EXPECT_EQ(series[R"(webhook_retries_total{endpoint="third"})"], "1");
}

TEST(bounds, an_endpoint_named_other_is_the_others) {
    registry all(1);
    all.for_endpoint("other")->count_retry();
    all.for_endpoint("second")->count_retry();
    EXPECT_EQ(series_of(all)[R"(webhook_retries_total{endpoint="other"})"], "2");
}

TEST(bounds, do_not_gather_shares_of_owners_that_are_gone) {
    registry all(0);
    for (int n = 0; n < 1000; ++n)
        all.for_endpoint("e" + std::to_string(n))->set_in_flight(1);
    const auto last = all.for_endpoint("last");
    last->set_in_flight(2);
    EXPECT_EQ(series_of(all)[R"(webhook_in_flight{endpoint="other"})"], "2");
}

}  // namespace
}  // namespace postrider::metrics
