#include <cli/terminal_text.h>
#include <gtest/gtest.h>

namespace postrider::cli {
namespace {

TEST(printable, keeps_text_and_escapes_what_is_none) {
    EXPECT_EQ(printable("Grüße, 世界 🙂"), "Grüße, 世界 🙂");
    EXPECT_EQ(printable("a\r\n\tb\x7f"), "a\\x0d\\x0a\\x09b\\x7f");
    EXPECT_EQ(printable("a\r\nb", true), "a\\x0d\nb");
    EXPECT_EQ(printable("\xc3"), "\\xc3");
    EXPECT_EQ(printable("\xc0\xaf\xed\xa0\x80"), "\\xc0\\xaf\\xed\\xa0\\x80");
}

TEST(printable, escapes_what_steers_a_terminal_or_reorders_a_line) {
    EXPECT_EQ(printable("\x1b[2J"), "\\x1b[2J");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "\\xc2\\x9b31m")
        << "CSI in one code point";
    EXPECT_EQ(printable("\xe2\x80\xae"
                        "dia"),
              "\\xe2\\x80\\xaedia")
        << "right-to-left override";
    EXPECT_EQ(printable("\xe2\x81\xa6x"), "\\xe2\\x81\\xa6x") << "isolate";
}

TEST(columns_of, counts_wide_and_combining_characters) {
    EXPECT_EQ(columns_of(""), 0u);
    EXPECT_EQ(columns_of("Grüße"), 5u);
    EXPECT_EQ(columns_of("世界"), 4u);
    EXPECT_EQ(columns_of("e\xcc\x81"), 1u);
}

TEST(cut_to, never_exceeds_its_columns) {
    EXPECT_EQ(cut_to("abcdef", 6), "abcdef");
    EXPECT_EQ(cut_to("abcdef", 4), "abc…");
    EXPECT_EQ(cut_to("世界世界", 5), "世界…");
    EXPECT_EQ(cut_to("世界世界", 4), "世…");
    EXPECT_EQ(cut_to("abc", 1), "…");
}

}  // namespace
}  // namespace postrider::cli
