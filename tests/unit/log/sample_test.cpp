#include <postrider/log/log.h>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace postrider::log {
namespace {

settings sampled(double share) {
    settings wanted;
    wanted.sampling = share;
    return wanted;
}

int count_in_sample(int events) {
    int found = 0;
    for (int n = 0; n < events; ++n)
        found += in_sample("evt_" + std::to_string(n)) ? 1 : 0;
    return found;
}

TEST(sampling, takes_all_or_none_at_its_ends) {
    configure(sampled(1));
    EXPECT_EQ(count_in_sample(1000), 1000);
    configure(sampled(0));
    EXPECT_EQ(count_in_sample(1000), 0);
    configure({});
}

TEST(sampling, takes_its_share_of_ids_that_hardly_differ) {
    constexpr int events = 100'000;
    for (const double share : {0.5, 0.1, 0.01}) {
        configure(sampled(share));
        const double expected = events * share;
        EXPECT_NEAR(count_in_sample(events), expected, 5 * std::sqrt(expected)) << share;
    }
    configure({});
}

TEST(sampling, of_a_smaller_share_is_part_of_that_of_a_larger) {
    for (int n = 0; n < 1000; ++n) {
        const auto id = std::to_string(n);
        configure(sampled(0.1));
        const bool in_small = in_sample(id);
        EXPECT_EQ(in_sample(id), in_small) << "the same answer each time";
        configure(sampled(0.3));
        EXPECT_TRUE(!in_small || in_sample(id));
    }
    configure({});
}

TEST(sampling, is_the_same_on_every_daemon) {
    // Known answers: a version that hashes in another way would tear the lines of an event apart.
    configure(sampled(0.5));
    std::string taken;
    for (const char* id : {"evt_1", "evt_2", "evt_3", "evt_4", "evt_5", "evt_6", "evt_7", "evt_8"})
        taken += in_sample(id) ? '1' : '0';
    EXPECT_EQ(taken, "01001011");
    configure({});
}

TEST(settings, are_told_as_they_are) {
    configure({level::error, format::json, 0.25});
    EXPECT_EQ(current().least, level::error);
    EXPECT_EQ(current().shape, format::json);
    EXPECT_EQ(current().sampling, 0.25);
    configure({});
    EXPECT_EQ(current().sampling, 1);
}

TEST(names, are_read_as_they_are_written) {
    for (const auto one : {level::debug, level::info, level::warning, level::error})
        EXPECT_EQ(level_of(to_string(one)), one);
    EXPECT_EQ(level_of("warn"), std::nullopt);
    EXPECT_EQ(format_of("json"), format::json);
    EXPECT_EQ(format_of("text"), format::text);
    EXPECT_EQ(format_of("auto"), std::nullopt);
}

}  // namespace
}  // namespace postrider::log
