#include "exposition.h"

#include <postrider/metrics/registry.h>

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

namespace postrider::metrics {
namespace {

using shown = std::map<std::string, std::string>;

/// One of everything.
void use_all(registry& all, endpoint_series& endpoint) {
    endpoint.count_attempt("case.created", attempt_status::success);
    endpoint.observe_delivery_seconds(0.02);
    endpoint.count_retry();
    endpoint.count_dead("gone");
    endpoint.set_in_flight(3);
    endpoint.set_queue_depth(4);
    endpoint.set_oldest_event_seconds(1.5);
    endpoint.set_dead_letters(5);
    endpoint.set_circuit_state(2);
    endpoint.set_held(true);
    all.for_intake()->count("case.created", intake_result::accepted);
    all.observe_ingest_seconds(0.001);
    all.observe_time_to_first_attempt(0.0004);
    all.count_duplicate();
    all.count_auth_failure();
    all.count_egress_blocked("denied_private");
    all.count_failed_reload();
    all.count_reload(wall_time(milliseconds(1'700'000'000'500)));
    all.observe_redis_seconds("enqueue", 0.0003);
    all.change_partitions_owned(70);
    all.change_partitions_owned(-6);
    all.count_stored_fault("state");
    all.count_refused_connection("admin", "too_many");
    all.count_rate_limited("shop");
    all.count_previous_token("shop");
}

/// The names in lines that begin with "# TYPE" or "# HELP", with what follows there.
std::map<std::string, std::string> described(const std::string& text, const std::string& what) {
    std::map<std::string, std::string> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("# " + what + " ")) continue;
        const auto name = line.substr(7, line.find(' ', 7) - 7);
        found[name] = line.substr(std::min(line.size(), 8 + name.size()));
    }
    return found;
}

TEST(names, are_those_of_the_contract) {
    registry all;
    const auto endpoint = all.for_endpoint("partner");
    use_all(all, *endpoint);
    const std::string text = all.render();
    const shown types{{"webhook_events_total", "counter"},
                      {"webhook_ingest_seconds", "histogram"},
                      {"webhook_deliveries_total", "counter"},
                      {"webhook_delivery_seconds", "histogram"},
                      {"webhook_time_to_first_attempt_seconds", "histogram"},
                      {"webhook_retries_total", "counter"},
                      {"webhook_queue_depth", "gauge"},
                      {"webhook_oldest_event_seconds", "gauge"},
                      {"webhook_in_flight", "gauge"},
                      {"webhook_dead_letters", "gauge"},
                      {"webhook_dead_letters_total", "counter"},
                      {"webhook_circuit_state", "gauge"},
                      {"webhook_endpoint_held", "gauge"},
                      {"webhook_duplicate_events_total", "counter"},
                      {"webhook_auth_failures_total", "counter"},
                      {"webhook_egress_blocked_total", "counter"},
                      {"webhook_config_reloads_total", "counter"},
                      {"webhook_config_last_reload_successful", "gauge"},
                      {"webhook_config_last_reload_seconds", "gauge"},
                      {"webhook_redis_seconds", "histogram"},
                      {"webhook_partitions_owned", "gauge"},
                      {"webhook_audit_mismatch", "gauge"},
                      {"webhook_stored_faults_total", "counter"},
                      {"webhook_connections_refused_total", "counter"},
                      {"webhook_rate_limited_requests_total", "counter"},
                      {"webhook_previous_token_requests_total", "counter"}};
    EXPECT_EQ(described(text, "TYPE"), types);
    const auto helps = described(text, "HELP");
    EXPECT_EQ(helps.size(), types.size());
    for (const auto& [name, help] : helps)
        EXPECT_GT(help.size(), 10U) << name;
}

TEST(values, are_shown_with_their_labels) {
    registry all;
    const auto endpoint = all.for_endpoint("partner");
    use_all(all, *endpoint);
    auto series = series_of(all);
    const shown expected{
        {R"(webhook_events_total{event_type="case.created",result="accepted"})", "1"},
        {R"(webhook_deliveries_total{endpoint="partner",event_type="case.created",status="success"})", "1"},
        {R"(webhook_delivery_seconds_count{endpoint="partner"})", "1"},
        {R"(webhook_delivery_seconds_sum{endpoint="partner"})", "0.02"},
        {R"(webhook_delivery_seconds_bucket{endpoint="partner",le="0.01"})", "0"},
        {R"(webhook_delivery_seconds_bucket{endpoint="partner",le="0.025"})", "1"},
        {R"(webhook_retries_total{endpoint="partner"})", "1"},
        {R"(webhook_dead_letters_total{endpoint="partner",reason="gone"})", "1"},
        {R"(webhook_in_flight{endpoint="partner"})", "3"},
        {R"(webhook_queue_depth{endpoint="partner"})", "4"},
        {R"(webhook_oldest_event_seconds{endpoint="partner"})", "1.5"},
        {R"(webhook_dead_letters{endpoint="partner"})", "5"},
        {R"(webhook_circuit_state{endpoint="partner"})", "2"},
        {R"(webhook_endpoint_held{endpoint="partner"})", "1"},
        {R"(webhook_ingest_seconds_count)", "1"},
        {R"(webhook_time_to_first_attempt_seconds_bucket{le="0.0005"})", "1"},
        {R"(webhook_duplicate_events_total)", "1"},
        {R"(webhook_auth_failures_total)", "1"},
        {R"(webhook_egress_blocked_total{reason="denied_private"})", "1"},
        {R"(webhook_egress_blocked_total{reason="denied_metadata"})", "0"},
        {R"(webhook_config_reloads_total{result="success"})", "1"},
        {R"(webhook_config_reloads_total{result="failure"})", "1"},
        {R"(webhook_config_last_reload_successful)", "1"},
        {R"(webhook_config_last_reload_seconds)", "1700000000.5"},
        {R"(webhook_redis_seconds_count{script="enqueue"})", "1"},
        {R"(webhook_partitions_owned)", "64"},
        {R"(webhook_stored_faults_total{kind="state"})", "1"},
        {R"(webhook_connections_refused_total{listener="admin",reason="too_many"})", "1"},
        {R"(webhook_rate_limited_requests_total{token="shop"})", "1"},
        {R"(webhook_previous_token_requests_total{token="shop"})", "1"}};
    for (const auto& [name, value] : expected)
        EXPECT_EQ(series[name], value) << name;
}

TEST(delivery_seconds, has_the_buckets_of_the_contract) {
    registry all;
    all.for_endpoint("e")->observe_delivery_seconds(0);
    std::set<std::string> bounds;
    for (const auto& [name, value] : series_of(all)) {
        const std::string beginning = R"(webhook_delivery_seconds_bucket{endpoint="e",le=")";
        if (name.starts_with(beginning))
            bounds.insert(name.substr(beginning.size(), name.size() - beginning.size() - 2));
    }
    EXPECT_EQ(bounds, (std::set<std::string>{"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2",
                                             "5", "10", "30", "+Inf"}));
}

TEST(states, follow_the_endpoint) {
    registry all;
    const auto endpoint = all.for_endpoint("e");
    for (const int state : {2, 1, 0}) {
        endpoint->set_circuit_state(state);
        EXPECT_EQ(series_of(all)[R"(webhook_circuit_state{endpoint="e"})"], std::to_string(state));
    }
    for (const bool held : {true, false}) {
        endpoint->set_held(held);
        EXPECT_EQ(series_of(all)[R"(webhook_endpoint_held{endpoint="e"})"], held ? "1" : "0");
    }
}

TEST(events, are_counted_by_result) {
    registry all;
    const std::pair<intake_result, const char*> rows[] = {{intake_result::accepted, "accepted"},
                                                          {intake_result::unmatched, "unmatched"},
                                                          {intake_result::duplicate, "duplicate"},
                                                          {intake_result::conflict, "conflict"},
                                                          {intake_result::unavailable, "unavailable"}};
    const auto intake = all.for_intake();
    for (const auto& [result, name] : rows)
        intake->count("t", result);
    intake->count("", intake_result::invalid);
    all.for_intake()->count("", intake_result::invalid);
    auto series = series_of(all);
    for (const auto& [result, name] : rows) {
        EXPECT_EQ(series[R"(webhook_events_total{event_type="t",result=")" + std::string(name) + "\"}"], "1");
    }
    EXPECT_EQ(series[R"(webhook_events_total{event_type="",result="invalid"})"], "2");
}

TEST(attempts, are_counted_by_type_and_status) {
    registry all;
    const auto endpoint = all.for_endpoint("e");
    for (int n = 0; n <= static_cast<int>(attempt_status::blocked); ++n) {
        const auto status = static_cast<attempt_status>(n);
        endpoint->count_attempt("t", status);
        endpoint->count_attempt("t", status);
        endpoint->count_attempt("u", status);
        const std::string name(to_string(status));
        auto series = series_of(all);
        EXPECT_EQ(series[R"(webhook_deliveries_total{endpoint="e",event_type="t",status=")" + name + "\"}"],
                  "2");
        EXPECT_EQ(series[R"(webhook_deliveries_total{endpoint="e",event_type="u",status=")" + name + "\"}"],
                  "1");
    }
}

TEST(series, of_one_endpoint_are_shared_by_its_owners) {
    registry all;
    all.for_endpoint("e")->count_retry();
    all.for_endpoint("e")->count_retry();
    EXPECT_EQ(series_of(all)[R"(webhook_retries_total{endpoint="e"})"], "2");
}

TEST(a_quiet_endpoint, has_no_series) {
    registry all;
    const auto endpoint = all.for_endpoint("quiet");
    EXPECT_EQ(all.render().find("quiet"), std::string::npos);
}

TEST(labels, are_escaped) {
    registry all;
    all.count_stored_fault("a\"b\\c\nd");
    EXPECT_NE(all.render().find(R"(webhook_stored_faults_total{kind="a\"b\\c\nd"} 1)"), std::string::npos);
}

bool shows(const registry& all, const std::string& endpoint) {
    return all.render().find("endpoint=\"" + endpoint + '"') != std::string::npos;
}

TEST(a_reload, that_failed_is_shown_until_one_succeeds) {
    registry all;
    const wall_time first{milliseconds(1000)};
    all.note_loaded(first);
    EXPECT_EQ(series_of(all)["webhook_config_last_reload_successful"], "1");
    EXPECT_EQ(series_of(all)[R"(webhook_config_reloads_total{result="success"})"], "0") << "it was the start";
    all.count_failed_reload();
    EXPECT_EQ(series_of(all)["webhook_config_last_reload_successful"], "0");
    EXPECT_EQ(series_of(all)["webhook_config_last_reload_seconds"], "1") << "that one is in force";
    all.count_reload(wall_time(milliseconds(9000)));
    EXPECT_EQ(series_of(all)["webhook_config_last_reload_successful"], "1");
    EXPECT_EQ(series_of(all)["webhook_config_last_reload_seconds"], "9");
}

TEST(a_forgotten_endpoint, has_no_series) {
    registry all;
    const auto endpoint = all.for_endpoint("gone");
    const auto neighbour = all.for_endpoint("gone-too");
    use_all(all, *endpoint);
    use_all(all, *neighbour);
    all.forget_endpoint("gone");
    EXPECT_FALSE(shows(all, "gone"));
    EXPECT_TRUE(shows(all, "gone-too"));
    all.forget_endpoint("never there");
}

TEST(a_forgotten_endpoint, begins_anew_for_whoever_held_it) {
    registry all;
    const auto endpoint = all.for_endpoint("e");
    use_all(all, *endpoint);
    use_all(all, *endpoint);
    all.forget_endpoint("e");
    use_all(all, *endpoint);
    auto series = series_of(all);
    EXPECT_EQ(series[R"(webhook_retries_total{endpoint="e"})"], "1");
    EXPECT_EQ(series[R"(webhook_deliveries_total{endpoint="e",event_type="case.created",status="success"})"],
              "1");
    EXPECT_EQ(series[R"(webhook_delivery_seconds_count{endpoint="e"})"], "1");
    EXPECT_EQ(series[R"(webhook_in_flight{endpoint="e"})"], "3");
}

TEST(an_endpoint_of_another_daemon, keeps_its_counters_only) {
    registry all;
    const auto endpoint = all.for_endpoint("moved");
    use_all(all, *endpoint);
    all.forget_gauges("moved");
    const auto series = series_of(all);
    for (const char* name : {"webhook_in_flight", "webhook_queue_depth", "webhook_oldest_event_seconds",
                             "webhook_dead_letters", "webhook_circuit_state", "webhook_endpoint_held"}) {
        EXPECT_FALSE(series.contains(name + std::string(R"({endpoint="moved"})"))) << name;
    }
    EXPECT_EQ(series.at(R"(webhook_retries_total{endpoint="moved"})"), "1");
    endpoint->set_in_flight(2);
    EXPECT_EQ(series_of(all)[R"(webhook_in_flight{endpoint="moved"})"], "2") << "it came back";
}

}  // namespace
}  // namespace postrider::metrics
