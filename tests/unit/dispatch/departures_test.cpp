#include "hand_clock.h"

#include <dispatch/departures.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace postrider::dispatch {
namespace {

subscription::snapshot_ptr with(std::vector<std::string> ids) {
    std::vector<endpoint_ptr> endpoints;
    for (auto& id : ids) {
        auto made = std::make_shared<endpoint>();
        made->tenant = "t";
        made->id = std::move(id);
        endpoints.push_back(std::move(made));
    }
    return std::make_shared<subscription::snapshot>(std::move(endpoints));
}

class departures_test : public ::testing::Test {
 protected:
    departures_test() {
        for (const char* id : {"gone", "stays"}) {
            metrics_.for_endpoint(id)->set_circuit_state(2);
            metrics_.for_endpoint(id)->count_retry();
        }
    }

    [[nodiscard]] bool shows(const std::string& id) const {
        return metrics_.render().find("endpoint=\"" + id + '"') != std::string::npos;
    }
    void look() { leaving_.end_metrics(slots_, now_); }

    hand_clock clock_;
    metrics::registry metrics_;
    slots slots_{{}, clock_};
    departures leaving_{metrics_, clock_};
    subscription::snapshot_ptr now_ = with({"stays"});
};

TEST_F(departures_test, end_the_metrics_of_what_left_and_of_nothing_else) {
    leaving_.note("t.gone");
    look();
    EXPECT_FALSE(shows("gone"));
    EXPECT_TRUE(shows("stays"));
}

TEST_F(departures_test, wait_for_an_attempt_under_way) {
    slots_.reopen();
    auto& queue = slots_.open("t.gone", 1);
    const auto sent = std::make_shared<endpoint>();
    queue.endpoint = sent;
    queue.policies.emplace(*sent, clock_.monotonic_now());
    ASSERT_TRUE(slots_.reserve(queue));
    const auto mark = slots_.begin_send(queue, 1, clock_.monotonic_now());
    queue.endpoint = nullptr;
    leaving_.note("t.gone");
    look();
    EXPECT_TRUE(shows("gone"));
    slots_.end_send(queue, mark, 1, clock_.monotonic_now());
    metrics_.for_endpoint("gone")->count_retry();
    look();
    EXPECT_FALSE(shows("gone"));
}

TEST_F(departures_test, leave_alone_what_came_back) {
    leaving_.note("t.gone");
    now_ = with({"stays", "gone"});
    look();
    now_ = with({"stays"});
    look();
    EXPECT_TRUE(shows("gone")) << "only the next word of its leaving counts";
}

TEST_F(departures_test, leave_a_scrape_time_for_what_was_counted_late) {
    leaving_.note_count("t.gone");
    look();
    EXPECT_TRUE(shows("gone"));
    clock_.passed = milliseconds(59'999);
    look();
    EXPECT_TRUE(shows("gone"));
    clock_.passed = milliseconds(60'000);
    look();
    EXPECT_FALSE(shows("gone"));
}

TEST_F(departures_test, end_gauges_at_once_also_where_something_is_counted_late) {
    leaving_.note("t.gone");
    leaving_.note_count("t.gone");
    look();
    EXPECT_EQ(metrics_.render().find(R"(webhook_circuit_state{endpoint="gone"})"), std::string::npos);
    EXPECT_TRUE(shows("gone")) << "its counters";
}

TEST_F(departures_test, of_thousands_are_spread_over_seconds) {
    for (int n = 0; n < 1000; ++n) {
        const auto id = "e" + std::to_string(n);
        metrics_.for_endpoint(id)->set_held(true);
        leaving_.note("t." + id);
    }
    look();
    EXPECT_NE(metrics_.render().find("endpoint=\"e"), std::string::npos);
    look();
    EXPECT_EQ(metrics_.render().find("endpoint=\"e"), std::string::npos);
}

}  // namespace
}  // namespace postrider::dispatch
