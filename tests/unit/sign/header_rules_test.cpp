#include <postrider/sign/authenticator.h>

#include <gtest/gtest.h>

namespace postrider::sign {
namespace {

class allowed_names : public testing::TestWithParam<std::string_view> {};
TEST_P(allowed_names, are_taken) {
    EXPECT_TRUE(check_header_name(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(table, allowed_names,
                         testing::Values("X-Api-Key", "Authorization", "authorization", "x", "X_1", "Accept",
                                         "!#$%&'*+-.^_`|~0aZ", "webhooks", "Hosts", "X-Host", "X-webhook-id",
                                         "postrider", "X-Event-ID", "Cookie"));

using namespace std::string_view_literals;

class refused_names : public testing::TestWithParam<std::string_view> {};
TEST_P(refused_names, are_told_why) {
    const auto result = check_header_name(GetParam());
    ASSERT_FALSE(result);
    EXPECT_FALSE(result.error().empty());
}
INSTANTIATE_TEST_SUITE_P(table, refused_names,
                         testing::Values("", " ", "a b", "a:", "a\r\nb", "a\0b"sv, "a\tb", "\xc3\xa9", "a(b)",
                                         "a,b", "a/b", "a[b]", "a{b}", "a\"b", "a@b", "a=b", "Host", "HOST",
                                         "Content-Length", "Transfer-Encoding", "transfer-encoding",
                                         "Connection", "Keep-Alive", "Proxy-Authorization",
                                         "Proxy-Authenticate", "Proxy-Connection", "TE", "Trailer", "Upgrade",
                                         "Expect", "Content-Type", "Content-Encoding", "User-Agent",
                                         "Accept-Encoding", "traceparent", "webhook-id", "Webhook-Signature",
                                         "webhook-", "webhook-anything", "postrider-attempt", "Postrider-X"));

class allowed_values : public testing::TestWithParam<std::string_view> {};
TEST_P(allowed_values, are_taken) {
    EXPECT_TRUE(check_header_value(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(table, allowed_values,
                         testing::Values("", "value", "two words", "a\tb", "\x80\xff", "caf\xc3\xa9",
                                         "~!\"\\"));

class refused_values : public testing::TestWithParam<std::string_view> {};
TEST_P(refused_values, break_lines_or_more) {
    EXPECT_FALSE(check_header_value(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(table, refused_values,
                         testing::Values("\r", "\n", "a\r\nX: y", "a\n", "\0"sv, "a\0b"sv, "\x1b[0m", "\x7f",
                                         "\x01", "\x1f", "\v", "\f"));

}  // namespace
}  // namespace postrider::sign
