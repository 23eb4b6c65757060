#include <cli/table.h>
#include <cli/terminal_text.h>
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
