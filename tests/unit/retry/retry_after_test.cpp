#include <postrider/retry/decision.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace postrider::retry {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

// 1994-11-06 08:49:37 is the date that RFC 9110 writes in all three forms.
const wall_time rfc_date = sys_days(1994y / November / 6) + 8h + 49min + 37s;

struct row {
    std::string value;
    milliseconds expected;
};

void expect_rows(const std::vector<row>& rows, wall_time now) {
    for (const auto& one : rows)
        EXPECT_EQ(parse_retry_after(one.value, now), one.expected) << one.value;
}

TEST(RetryAfter, Seconds) {
    expect_rows(
        {
            {"0", 0s},
            {"1", 1s},
            {"120", 120s},
            {"  120 \t", 120s},
            {"007", 7s},
            {"86400", 24h},
            {"86401", 24h},
            {"18446744073709551616", 24h},
            {std::string(64, '9'), 24h},
        },
        rfc_date);
}

TEST(RetryAfter, AllThreeFormsOfADate) {
    expect_rows(
        {
            {"Sun, 06 Nov 1994 08:49:37 GMT", 10s},
            {"Sunday, 06-Nov-94 08:49:37 GMT", 10s},
            {"Sun Nov  6 08:49:37 1994", 10s},
            {"Sun Nov 16 08:49:37 1994", 24h},
            {"Tue, 01 Jan 2999 00:00:00 GMT", 24h},
            {"Sun, 06 Nov 1994 08:49:27 GMT", 0s},
            {"Sat, 05 Nov 1994 08:49:37 GMT", 0s},
            {"Thu, 01 Jan 1970 00:00:00 GMT", 0s},
            {"Sun, 06 Nov 1994 08:49:60 GMT", 33s},
        },
        rfc_date - 10s);
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:38 GMT", rfc_date + 250ms), 750ms);
}

TEST(RetryAfter, YearsOfTwoDigitsLieAtMostFiftyYearsAhead) {
    const wall_time now = sys_days(2026y / January / 31);
    EXPECT_EQ(parse_retry_after("Sunday, 01-Feb-26 00:00:00 GMT", now), 24h);
    EXPECT_EQ(parse_retry_after("Saturday, 31-Jan-26 01:00:00 GMT", now), 1h);
    EXPECT_EQ(parse_retry_after("Friday, 31-Jan-76 01:00:00 GMT", now), 24h);
    EXPECT_EQ(parse_retry_after("Monday, 31-Jan-77 01:00:00 GMT", now), 0s);
}

TEST(RetryAfter, MalformedIsNothing) {
    std::vector<row> rows;
    for (const auto* value : {"",
                              " ",
                              "-1",
                              "+1",
                              "1.5",
                              "1s",
                              "1 2",
                              "0x10",
                              "soon",
                              "Sun, 06 Nov 1994 08:49:37",
                              "GMT",
                              "Sun, 06 Nov 1994 08:49:37 UTC",
                              "Sun,06 Nov 1994 08:49:37 GMT",
                              "Sun, 6 Nov 1994 08:49:37 GMT",
                              "Sun, 32 Nov 1994 08:49:37 GMT",
                              "Sun, 31 Nov 1994 08:49:37 GMT",
                              "Sun, 06 Nov 1994 24:49:37 GMT",
                              "Sun, 06 Nov 1994 08:60:37 GMT",
                              "Sun, 06 Nov 1994 08:49:61 GMT",
                              "Sun, 06 nov 1994 08:49:37 GMT",
                              "sun, 06 Nov 1994 08:49:37 GMT",
                              "Foo, 06 Nov 1994 08:49:37 GMT",
                              "Sunday, 06-Nov-1994 08:49:37 GMT",
                              "Sun Nov 6 08:49:37 1994",
                              "Sun Nov  6 08:49:37 1994 GMT",
                              "Sun Nov  0 08:49:37 1994",
                              "1994-11-06T08:49:37Z"}) {
        rows.push_back({std::string(value), 0s});
    }
    expect_rows(rows, sys_days(1990y / January / 1));
}

RC_GTEST_PROP(RetryAfter, IsTotal, (const std::string& value)) {
    const auto delay = parse_retry_after(value, rfc_date);
    RC_ASSERT((delay >= 0ms && delay <= 24h));
}

RC_GTEST_PROP(RetryAfter, MutatedDatesStayInRange, ()) {
    const std::vector<std::string> dates{"Sun, 06 Nov 2094 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                         "Sun Nov  6 08:49:37 2094"};
    auto value = *rc::gen::elementOf(dates);
    value[*rc::gen::inRange<std::size_t>(0, value.size())] = *rc::gen::arbitrary<char>();
    const auto delay = parse_retry_after(value, rfc_date);
    RC_ASSERT((delay >= 0ms && delay <= 24h));
}

}  // namespace
}  // namespace postrider::retry
