#include "metrics/series.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace postrider::metrics {
namespace {

TEST(histogram, counts_up_to_each_bound_with_as_many_as_there_may_be) {
    std::vector<double> bounds;
    for (std::size_t n = 1; n <= histogram::most_bounds; ++n)
        bounds.push_back(static_cast<double>(n));
    histogram observed(bounds);
    observed.observe(0.5);
    observed.observe(static_cast<double>(histogram::most_bounds));
    observed.observe(1000);
    prometheus::ClientMetric shown;
    observed.collect(shown);
    ASSERT_EQ(shown.histogram.bucket.size(), histogram::most_bounds + 1);
    EXPECT_EQ(shown.histogram.bucket.front().cumulative_count, 1U);
    EXPECT_EQ(shown.histogram.bucket[histogram::most_bounds - 1].cumulative_count, 2U);
    EXPECT_EQ(shown.histogram.bucket.back().cumulative_count, 3U);
    EXPECT_EQ(shown.histogram.sample_sum, 1000.5 + static_cast<double>(histogram::most_bounds));
}

TEST(histogram, has_no_room_for_more) {
    const std::vector<double> bounds(histogram::most_bounds + 1, 1.0);
    EXPECT_THROW(histogram{bounds}, std::length_error);
}

}  // namespace
}  // namespace postrider::metrics
