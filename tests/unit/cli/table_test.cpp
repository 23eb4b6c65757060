#include <cli/table.h>
#include <cli/terminal_text.h>
#include <cli/tone.h>
#include <gtest/gtest.h>

#include <sstream>

namespace postrider::cli {
namespace {

using fit = table::fit;

table example() {
    table shown({{"ID"}, {"COUNT", fit::whole, true}, {"TYPE", fit::cut}, {"ERROR", fit::dropped}});
    shown.add({"one", "7", "case.status_changed", "connection refused"});
    shown.add({"second", "1,234", "a", "-"});
    return shown;
}

TEST(table, aligns_columns_and_leaves_no_blanks_at_the_end) {
    EXPECT_EQ(example().render(0),
              "ID      COUNT  TYPE                 ERROR\n"
              "one         7  case.status_changed  connection refused\n"
              "second  1,234  a                    -\n");
}

TEST(table, cuts_and_then_drops_what_may_go_on_a_narrow_terminal) {
    EXPECT_EQ(example().render(44),
              "ID      COUNT  TYPE           ERROR\n"
              "one         7  case.status_…  connection re…\n"
              "second  1,234  a              -\n");
    EXPECT_EQ(example().render(24),
              "ID      COUNT  TYPE\n"
              "one         7  case.st…\n"
              "second  1,234  a\n");
}

TEST(table, paints_states_and_counts_no_column_for_it) {
    table shown({{"ID"}, {"STATE", fit::whole, false, true}, {"COUNT", fit::whole, true}});
    shown.add({"one", "disabled (gone)", "7"});
    shown.add({"two", "active", "8"});
    shown.add({"three", "pending", "9"});
    EXPECT_EQ(shown.render(0, true),
              "ID     STATE            COUNT\n"
              "one    \x1b[31mdisabled (gone)\x1b[0m      7\n"
              "two    \x1b[32mactive\x1b[0m               8\n"
              "three  pending              9\n");
    EXPECT_EQ(shown.render(0).find('\x1b'), std::string::npos);
}

TEST(tones, are_those_of_the_states) {
    for (const auto* state : {"active", "delivered", "closed", "done"})
        EXPECT_EQ(tone_of(state), tone::good) << state;
    for (const auto* state : {"paused", "retrying", "half_open", "running"})
        EXPECT_EQ(tone_of(state), tone::uncertain) << state;
    for (const auto* state : {"disabled", "disabled (failing)", "dead", "expired", "open", "failed"})
        EXPECT_EQ(tone_of(state), tone::bad) << state;
    for (const auto* state : {"", "-", "pending", "delivering", "opened"})
        EXPECT_EQ(tone_of(state), tone::plain) << state;
    EXPECT_EQ(painted("", tone::bad), "");
}

TEST(table, fits_every_width_that_is_possible) {
    for (std::size_t width = 23; width < 80; ++width) {
        std::istringstream lines(example().render(width));
        for (std::string line; std::getline(lines, line);)
            EXPECT_LE(columns_of(line), width) << line;
    }
}

TEST(table, keeps_whole_what_is_copied_however_narrow_it_is) {
    EXPECT_NE(example().render(5).find("second"), std::string::npos);
}

TEST(table, shows_what_a_receiver_wrote_harmless) {
    table shown({{"ERROR"}});
    shown.add({"\x1b[2Jgone\n"});
    EXPECT_EQ(shown.render(0), "ERROR\n\\x1b[2Jgone\\x0a\n");
}

}  // namespace
}  // namespace postrider::cli
