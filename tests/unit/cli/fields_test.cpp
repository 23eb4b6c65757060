#include <cli/fields.h>
#include <cli/job_progress.h>
#include <cli/terminal_text.h>
#include <gtest/gtest.h>

namespace postrider::cli {
namespace {

TEST(field, shows_each_kind_of_value) {
    const json row{{"text", "a"}, {"number", 1234}, {"none", nullptr}, {"flag", true}};
    EXPECT_EQ(field(row, "text"), "a");
    EXPECT_EQ(field(row, "number"), "1234");
    EXPECT_EQ(field(row, "none"), "-");
    EXPECT_EQ(field(row, "absent"), "-");
    EXPECT_EQ(field(row, "flag"), "true");
}

TEST(age, uses_the_largest_unit_in_either_direction) {
    const wall_time now{milliseconds{1769860800000}};  // 2026-01-31T12:00:00Z
    const std::pair<const char*, const char*> cases[] = {
        {"2026-01-31T12:00:00.000Z", "0s"},
        {"2026-01-31T11:59:01.000Z", "59s"},
        {"2026-01-31T11:00:01.000Z", "59m"},
        {"2026-01-31T11:00:00.000Z", "1h"},
        {"2026-01-29T12:00:00.000Z", "2d"},
        {"2026-01-31T12:05:00.000Z", "in 5m"},
        {"never", "never"},
    };
    for (const auto& [at, shown] : cases)
        EXPECT_EQ(age(json{{"at", at}}, "at", now), shown) << at;
    EXPECT_EQ(age(json{{"at", nullptr}}, "at", now), "-");
}

TEST(grouped, sets_thousands_apart) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1000), "1,000");
    EXPECT_EQ(grouped(1234567), "1,234,567");
    EXPECT_EQ(grouped(json{{"n", nullptr}}, "n"), "-");
}

TEST(list_of, puts_values_below_one_another) {
    EXPECT_EQ(list_of({{"id", "a"}, {"status", "b\x1b"}}), "id      a\nstatus  b\\x1b\n");
}

json job(std::uint64_t done, std::uint64_t total, std::uint64_t skipped = 0) {
    return json{{"done", done}, {"total", total}, {"skipped", skipped}};
}

TEST(progress_line, shows_bar_share_and_numbers) {
    EXPECT_EQ(progress_line(job(0, 0), 80), "counting");
    EXPECT_EQ(progress_line(job(500, 1000, 3), 50), "[########---------]  50 %  500 of 1,000, 3 skipped");
    EXPECT_EQ(progress_line(job(7, 7), 40), "[########################] 100 %  7 of 7");
    EXPECT_EQ(progress_line(job(9, 7), 40), "[########################] 100 %  9 of 9")
        << "more than were counted";
}

TEST(progress_line, fits_its_terminal) {
    for (std::size_t width = 1; width < 120; ++width)
        EXPECT_LE(columns_of(progress_line(job(123456, 9999999, 12), width)), width);
}

}  // namespace
}  // namespace postrider::cli
