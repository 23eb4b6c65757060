#include "exposition.h"

#include <postrider/metrics/registry.h>

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace postrider::metrics {
namespace {

constexpr int rounds = 500;

/// What one shard does, with an endpoint of its own and one that others use as well.
void work(registry& all, int shard) {
    const auto own = all.for_endpoint("e" + std::to_string(shard));
    const auto shared = all.for_endpoint("shared");
    const auto intake = all.for_intake();
    for (int n = 0; n < rounds; ++n) {
        for (auto* const endpoint : {own.get(), shared.get()}) {
            endpoint->count_attempt("t" + std::to_string(n % 10), attempt_status::success);
            endpoint->observe_delivery_seconds(0.001 * n);
            endpoint->set_in_flight(static_cast<std::uint64_t>(n));
        }
        intake->count("t" + std::to_string(n % 50), intake_result::accepted);
        all.observe_redis_seconds(n % 2 == 0 ? "enqueue" : "complete", 0.001);
        all.observe_time_to_first_attempt(0.001);
        if (n % 100 == 0) all.forget_gauges("shared");
    }
}

TEST(threads, share_a_registry_without_losing_counts) {
    registry all(20);
    constexpr int shards = 4;
    std::vector<std::thread> threads;
    for (int shard = 0; shard < shards; ++shard)
        threads.emplace_back(work, std::ref(all), shard);
    for (int n = 0; n < 20; ++n)
        EXPECT_FALSE(all.render().empty());
    for (auto& thread : threads)
        thread.join();

    auto series = series_of(all);
    const int each = shards * rounds / 2;
    EXPECT_EQ(series[R"(webhook_redis_seconds_count{script="enqueue"})"], std::to_string(each));
    EXPECT_EQ(series["webhook_time_to_first_attempt_seconds_count"], std::to_string(shards * rounds));
    int events = 0;
    int attempts = 0;
    for (const auto& [name, value] : series) {
        if (name.starts_with("webhook_events_total")) events += std::stoi(value);
        if (name.starts_with("webhook_deliveries_total")) attempts += std::stoi(value);
    }
    EXPECT_EQ(events, shards * rounds);
    EXPECT_EQ(attempts, 2 * shards * rounds);
}

}  // namespace
}  // namespace postrider::metrics
