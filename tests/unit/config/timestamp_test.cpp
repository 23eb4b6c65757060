#include "config/timestamp.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace postrider::config {
namespace {

using namespace std::chrono;

TEST(Timestamp, Rfc3339) {
    const wall_time noon = sys_days(2026y / January / 31) + 12h;
    EXPECT_EQ(parse_rfc3339("2026-01-31T12:00:00Z"), noon);
    EXPECT_EQ(parse_rfc3339("2026-01-31t12:00:00z"), noon);
    EXPECT_EQ(parse_rfc3339("2026-01-31 12:00:00Z"), noon);
    EXPECT_EQ(parse_rfc3339("2026-01-31T13:30:00+01:30"), noon);
    EXPECT_EQ(parse_rfc3339("2026-01-31T04:00:00-08:00"), noon);
    EXPECT_EQ(parse_rfc3339("2026-01-31T12:00:00.5Z"), noon + 500ms);
    EXPECT_EQ(parse_rfc3339("2026-01-31T12:00:00.123456789Z"), noon + 123ms);
    EXPECT_EQ(parse_rfc3339("2026-01-31T11:59:60Z"), noon);
    EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00Z"), wall_time(sys_days(2024y / February / 29)));
    for (const auto* bad : {"",
                            "2026",
                            "2026-01-31",
                            "2026-01-31T12:00Z",
                            "2026-01-31T12:00:00",
                            "2026-02-29T00:00:00Z",
                            "2026-13-01T00:00:00Z",
                            "2026-00-01T00:00:00Z",
                            "2026-01-32T00:00:00Z",
                            "2026-01-31T24:00:00Z",
                            "2026-01-31T12:60:00Z",
                            "2026-01-31T12:00:61Z",
                            "2026-01-31T12:00:00.Z",
                            "2026-01-31T12:00:00+1:00",
                            "2026-01-31T12:00:00+24:00",
                            "2026-01-31T12:00:00+01:60",
                            "2026-01-31T12:00:00ZZ",
                            "2026-01-31X12:00:00Z",
                            "26-01-31T12:00:00Z",
                            "+026-01-31T12:00:00Z",
                            " 2026-01-31T12:00:00Z"})
        EXPECT_EQ(parse_rfc3339(bad), std::nullopt) << bad;
}

RC_GTEST_PROP(Timestamp, IsTotal, (const std::string& text, std::size_t at, char c)) {
    (void)parse_rfc3339(text);
    std::string mutated = "2026-01-31T12:00:00.123+01:00";
    mutated[at % mutated.size()] = c;
    (void)parse_rfc3339(mutated);
}

}  // namespace
}  // namespace postrider::config
