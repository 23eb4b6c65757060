#include <postrider/event/url.h>

#include <gtest/gtest.h>

namespace postrider {
namespace {

struct row {
    http_url url;
    const char* authority;
    const char* without_query;
};

class url_text : public testing::TestWithParam<row> {};

TEST_P(url_text, is_made_of_the_parts) {
    EXPECT_EQ(GetParam().url.authority(), GetParam().authority);
    EXPECT_EQ(GetParam().url.without_query(), GetParam().without_query);
}

INSTANTIATE_TEST_SUITE_P(
    table, url_text,
    testing::Values(
        row{{true, "a.example.org", false, 443, "/"}, "a.example.org", "https://a.example.org/"},
        row{{true, "a.example.org", false, 8443, "/in?key=secret"},
            "a.example.org:8443",
            "https://a.example.org:8443/in"},
        row{{false, "a.example.org", false, 80, "/x/y"}, "a.example.org", "http://a.example.org/x/y"},
        row{{false, "a.example.org", false, 443, "/?"}, "a.example.org:443", "http://a.example.org:443/"},
        row{{true, "192.0.2.1", true, 80, "/"}, "192.0.2.1:80", "https://192.0.2.1:80/"},
        row{{true, "2001:db8::1", true, 443, "/a?b?c"}, "[2001:db8::1]", "https://[2001:db8::1]/a"},
        row{{true, "::1", true, 8443, "/"}, "[::1]:8443", "https://[::1]:8443/"}));

}  // namespace
}  // namespace postrider
