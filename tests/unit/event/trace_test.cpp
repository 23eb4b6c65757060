#include <postrider/event/trace.h>

#include <gtest/gtest.h>

#include <vector>

namespace postrider {
namespace {

/// Gives what it was told to, in turn.
class scripted_random final : public random_source {
 public:
    explicit scripted_random(std::vector<std::uint64_t> numbers) : numbers_(std::move(numbers)) {}
    std::uint64_t next() override { return numbers_.at(used_++); }

 private:
    std::vector<std::uint64_t> numbers_;
    std::size_t used_ = 0;
};

std::string passed_on(std::string_view traceparent, std::uint64_t span_id) {
    const auto parts = read_traceparent(traceparent);
    std::string out;
    if (parts) append_traceparent(out, *parts, span_id);
    return out;
}

// The example of W3C Trace Context, section 3.2.2.
constexpr std::string_view of_the_standard = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(a_traceparent, has_four_parts) {
    const auto parts = read_traceparent(of_the_standard);
    ASSERT_TRUE(parts);
    EXPECT_EQ(parts->version, "00");
    EXPECT_EQ(parts->trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(parts->parent_id, "00f067aa0ba902b7");
    EXPECT_EQ(parts->flags, "01");
}

TEST(a_traceparent, keeps_its_trace_and_gets_the_attempt_as_span) {
    EXPECT_EQ(passed_on(of_the_standard, 0xb9c7c989f97918e1),
              "00-4bf92f3577b34da6a3ce929d0e0e4736-b9c7c989f97918e1-01");
    EXPECT_EQ(passed_on(of_the_standard, 1), "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000001-01");
}

TEST(flags, are_kept_of_a_version_that_is_known) {
    EXPECT_TRUE(passed_on("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", 1).ends_with("-00"));
    EXPECT_TRUE(passed_on("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03", 1).ends_with("-03"));
    EXPECT_EQ(passed_on("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0b", 1),
              "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000001-01");
    EXPECT_TRUE(passed_on("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe", 1).ends_with("-00"));
}

class what_is_no_traceparent : public testing::TestWithParam<std::string_view> {};

TEST_P(what_is_no_traceparent, is_not_read) {
    EXPECT_FALSE(read_traceparent(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(table, what_is_no_traceparent,
                         testing::Values("", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                                         "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
                                         "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                         "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                                         "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                                         "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                                         "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
                                         "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                                         "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba90\r\n-01"));

TEST(a_span_id, is_random_and_never_0) {
    scripted_random random({0, 0, 7, 8});
    EXPECT_EQ(new_span_id(random), 7U);
    EXPECT_EQ(new_span_id(random), 8U);
    EXPECT_EQ(span_text(0x0123456789abcdef).text(), "0123456789abcdef");
    EXPECT_EQ(span_text(0xf).text(), "000000000000000f");
}

}  // namespace
}  // namespace postrider
