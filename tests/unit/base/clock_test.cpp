#include <postrider/base/clock.h>

#include <gtest/gtest.h>

namespace postrider {
namespace {

using namespace std::chrono;

struct moment {
    wall_time time;
    const char* text;
};

class rfc3339 : public testing::TestWithParam<moment> {};

TEST_P(rfc3339, shows_the_moment) {
    EXPECT_EQ(to_rfc3339(GetParam().time), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    table, rfc3339,
    testing::Values(moment{wall_time{}, "1970-01-01T00:00:00.000Z"},
                    moment{wall_time{milliseconds(-1)}, "1969-12-31T23:59:59.999Z"},
                    moment{wall_time{seconds(1614265330)}, "2021-02-25T15:02:10.000Z"},
                    moment{sys_days(2024y / February / 29) + hours(12), "2024-02-29T12:00:00.000Z"},
                    moment{sys_days(2026y / January / 31) + 23h + 59min + 59s + 7ms,
                           "2026-01-31T23:59:59.007Z"},
                    moment{sys_days(year(0) / January / 1), "0000-01-01T00:00:00.000Z"},
                    moment{sys_days(year(9999) / December / 31), "9999-12-31T00:00:00.000Z"},
                    moment{wall_time::min(), "0000-01-01T00:00:00.000Z"},
                    moment{wall_time::max(), "9999-12-31T23:59:59.999Z"}));

TEST(system_time, never_goes_back) {
    const auto monotonic = system_time().monotonic_now();
    const auto boot = system_time().boot_now();
    EXPECT_GE(system_time().monotonic_now(), monotonic);
    EXPECT_GE(system_time().boot_now(), boot);
}

TEST(system_time, is_of_this_century) {
    EXPECT_GT(system_time().wall_now(), sys_days(2024y / January / 1));
}

}  // namespace
}  // namespace postrider
