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

TEST(minutes, of_one_minute_after_the_other_and_back) {
    const wall_time begin = sys_days(2026y / January / 31) + 23h + 59min;
    for (const auto ahead : {0ms, 59999ms, 60000ms, 60001ms, 1ms, -1ms, 0ms}) {
        const auto shown = to_rfc3339(begin + ahead);
        EXPECT_EQ(shown.substr(8, 2), ahead >= 60s ? "01" : "31") << shown;
        EXPECT_EQ(shown.substr(14, 2), ahead >= 60s ? "00" : ahead < 0ms ? "58" : "59") << shown;
        EXPECT_EQ(rfc3339_text(begin + ahead).view(), shown);
    }
}

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
