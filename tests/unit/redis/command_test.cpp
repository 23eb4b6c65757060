#include <postrider/redis/command.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::redis {
namespace {

std::string wire(const command& text) {
    std::string out;
    text.append_to(out);
    return out;
}

TEST(command, writes_arguments_with_their_lengths) {
    EXPECT_EQ(wire(command("GET", "key")), "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
    EXPECT_EQ(wire(command("SET", std::string("k"), std::string_view(""))),
              "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n");
}

TEST(command, writes_arguments_of_every_length) {
    command text;
    std::string expected;
    std::size_t bytes = 0;
    for (const std::size_t length : {0U, 1U, 9U, 10U, 11U, 38U, 39U, 64U, 99U, 100U, 101U, 999U, 70000U}) {
        const std::string argument(length, 'a');
        text.add(argument);
        expected += "$" + std::to_string(length) + "\r\n" + argument + "\r\n";
        bytes += length;
    }
    EXPECT_EQ(wire(text), "*13\r\n" + expected);
    EXPECT_EQ(text.bytes(), bytes);
}

TEST(command, keeps_every_byte) {
    const std::string binary("a\0\r\n$\xff", 6);
    EXPECT_EQ(wire(command("ECHO", binary)), "*2\r\n$4\r\nECHO\r\n$6\r\n" + binary + "\r\n");
}

TEST(command, writes_numbers_in_decimal) {
    const command text("X", std::numeric_limits<std::int64_t>::min(),
                       std::numeric_limits<std::uint64_t>::max(), std::uint32_t{7}, -1, 0, 9, 10);
    EXPECT_EQ(text[1], "-9223372036854775808");
    EXPECT_EQ(text[2], "18446744073709551615");
    EXPECT_EQ(text[3], "7");
    EXPECT_EQ(text[4], "-1");
    EXPECT_EQ(text[5], "0");
    EXPECT_EQ(text[6], "9");
    EXPECT_EQ(text[7], "10");
    EXPECT_EQ(text.size(), 8U);
}

TEST(command, appends_to_what_is_there) {
    std::string out = "before";
    command("PING").append_to(out);
    EXPECT_EQ(out, "before*1\r\n$4\r\nPING\r\n");
}

TEST(command, replaces_an_argument_by_a_longer_and_a_shorter_one) {
    command text("EVALSHA", "sha", "0", "tail");
    text.set(2, "12345");
    EXPECT_EQ(text[2], "12345");
    EXPECT_EQ(text[3], "tail");
    text.set(0, "");
    EXPECT_EQ(text[0], "");
    EXPECT_EQ(text[1], "sha");
    EXPECT_EQ(text[3], "tail");
    EXPECT_EQ(text.bytes(), std::string("sha12345tail").size());
    EXPECT_THROW(text.set(4, "x"), std::out_of_range);
}

TEST(command, makes_a_transaction_with_what_is_put_first) {
    command last("GET", "a");
    EXPECT_EQ(last.commands_first(), 0U);
    last.put_first("SET", "a", "1");
    last.begin_first(3);
    for (const std::string_view argument : {"INCRBY", "a"})
        last.add_first(argument);
    last.add_first(std::uint64_t{12});
    EXPECT_EQ(last.commands_first(), 2U);
    EXPECT_EQ(last[0], "GET");
    EXPECT_EQ(last.bytes(), std::string_view("GETaSETa1INCRBYa12").size());
    EXPECT_EQ(
        wire(last),
        "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"
        "*3\r\n$6\r\nINCRBY\r\n$1\r\na\r\n$2\r\n12\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nEXEC\r\n");
}

TEST(command, is_not_written_with_other_arguments_than_were_announced) {
    command last("PING");
    last.begin_first(2);
    last.add_first("GET");
    std::string out;
    EXPECT_THROW(last.append_to(out), std::logic_error);
    EXPECT_THROW(last.begin_first(1), std::logic_error);
    EXPECT_EQ(out, "");
    last.add_first("a");
    EXPECT_THROW(last.add_first("b"), std::logic_error);
    last.append_to(out);
    EXPECT_EQ(out,
              "*1\r\n$5\r\nMULTI\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nEXEC\r\n");
}

RC_GTEST_PROP(command, reads_back_what_was_added_and_set, (const std::vector<std::string>& added)) {
    command text;
    for (const std::string& each : added)
        text.add(each);
    auto expected = added;
    if (!added.empty()) {
        const auto index = *rc::gen::inRange<std::size_t>(0, added.size());
        expected[index] = *rc::gen::arbitrary<std::string>();
        text.set(index, expected[index]);
    }
    RC_ASSERT(text.size() == expected.size());
    std::string bytes = "*" + std::to_string(expected.size()) + "\r\n";
    for (std::size_t index = 0; index < expected.size(); ++index) {
        RC_ASSERT(text[index] == expected[index]);
        bytes += "$" + std::to_string(expected[index].size()) + "\r\n" + expected[index] + "\r\n";
    }
    RC_ASSERT(wire(text) == bytes);
}

}  // namespace
}  // namespace postrider::redis
