#include <postrider/redis/url.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace postrider::redis {
namespace {

using transport = location::transport;

location parsed(std::string_view text) {
    auto got = parse_url(text);
    EXPECT_TRUE(got) << text << ": " << (got ? "" : got.error());
    return got ? *got : location{};
}

TEST(redis_url, takes_host_port_and_database) {
    EXPECT_EQ(parsed("redis://localhost"),
              (location{transport::tcp, "localhost", 6379, "", "", secret(), 0, ""}));
    EXPECT_EQ(parsed("redis://Redis.Example.COM:7000/15"),
              (location{transport::tcp, "redis.example.com", 7000, "", "", secret(), 15, ""}));
    EXPECT_EQ(parsed("redis://127.0.0.1:6379/0"),
              (location{transport::tcp, "127.0.0.1", 6379, "", "", secret(), 0, ""}));
    EXPECT_EQ(parsed("redis://[::1]:1/").host, "::1");
    EXPECT_EQ(parsed("redis://[2001:DB8::1]").host, "2001:db8::1");
    EXPECT_EQ(parsed("redis://cache_1.a-b:65535/2147483647").database, 2147483647U);
}

TEST(redis_url, takes_user_and_password_percent_encoded) {
    const location got = parsed("redis://us%40er:p%3A%2f%25%C3%A4@h");
    EXPECT_EQ(got.username, "us@er");
    EXPECT_EQ(got.password.reveal(), "p:/%\xc3\xa4");
    EXPECT_EQ(parsed("redis://:only@h").username, "");
    EXPECT_EQ(parsed("redis://:only@h").password.reveal(), "only");
    EXPECT_EQ(parsed("redis://u@h").username, "u");
    EXPECT_TRUE(parsed("redis://u@h").password.empty());
    EXPECT_EQ(parsed("redis://u:a:b@h").password.reveal(), "a:b");
}

TEST(redis_url, takes_tls_with_authorities) {
    const location got = parsed("rediss://u:p@h:6380/3?ca_file=/etc/ssl/my%20ca.pem");
    EXPECT_EQ(got.kind, transport::tls);
    EXPECT_EQ(got.ca_file, "/etc/ssl/my ca.pem");
    EXPECT_EQ(got.database, 3U);
    EXPECT_EQ(parsed("rediss://h").ca_file, "");
}

TEST(redis_url, takes_unix_sockets) {
    const location got = parsed("unix:///run/redis/redis.sock?db=2");
    EXPECT_EQ(got.kind, transport::unix_socket);
    EXPECT_EQ(got.path, "/run/redis/redis.sock");
    EXPECT_EQ(got.database, 2U);
    const location named = parsed("unix://u:p%40w@/s");
    EXPECT_EQ(named.path, "/s");
    EXPECT_EQ(named.username, "u");
    EXPECT_EQ(named.password.reveal(), "p@w");
    EXPECT_EQ(parsed("unix:///" + std::string(106, 'a')).path.size(), 107U);
}

TEST(redis_url, shows_neither_user_nor_password) {
    EXPECT_EQ(parsed("redis://u:p@h/2").display(), "redis://h:6379/2");
    EXPECT_EQ(parsed("rediss://u:p@[::1]:1").display(), "rediss://[::1]:1/0");
    EXPECT_EQ(parsed("unix://u:p@/a/b?db=1").display(), "unix:///a/b?db=1");
    EXPECT_EQ(parsed("unix:///a/b").display(), "unix:///a/b");
}

struct bad_url {
    std::string text;
    std::string says;
};

TEST(redis_url, refuses_everything_else_and_says_what_is_allowed) {
    const std::vector<bad_url> table = {
        {"", "unknown scheme"},
        {"localhost:6379", "redis://[user[:password]@]host[:port][/db]"},
        {"http://h", "unknown scheme"},
        {"REDIS://h", "unknown scheme"},
        {"redis:/h", "unknown scheme"},
        {"redis://", "the host must be"},
        {"redis:///1", "the host must be"},
        {"redis://:6379", "the host must be"},
        {"redis://a..b", "the host must be"},
        {"redis://.a", "the host must be"},
        {"redis://-a", "the host must be"},
        {"redis://a*b", "the host must be"},
        {"redis://127.1", "the host must be"},
        {"redis://2130706433", "the host must be"},
        {"redis://1.2.3.4.5", "the host must be"},
        {"redis://256.1.1.1", "the host must be"},
        {"redis://0177.0.0.1", "the host must be"},
        {"redis://" + std::string(254, 'a'), "the host must be"},
        {"redis://::1", "the host must be"},
        {"redis://[::1", "IPv6 address may stand in brackets"},
        {"redis://[127.0.0.1]", "IPv6 address may stand in brackets"},
        {"redis://[fe80::1%25eth0]", "IPv6 address may stand in brackets"},
        {"redis://[::1]x", "the port must be a number from 1 to 65535"},
        {"redis://h:", "the port must be"},
        {"redis://h:0", "the port must be"},
        {"redis://h:65536", "the port must be"},
        {"redis://h:+1", "the port must be"},
        {"redis://h:06379", "the port must be"},
        {"redis://h:99999999999999999999", "the port must be"},
        {"redis://h/x", "the database must be a number from 0"},
        {"redis://h/-1", "the database must be"},
        {"redis://h/01", "the database must be"},
        {"redis://h/1/", "the database must be"},
        {"redis://h//1", "the database must be"},
        {"redis://h/2147483648", "the database must be"},
        {"redis://h?db=1", "redis:// takes no parameters"},
        {"redis://h?", "redis:// takes no parameters"},
        {"rediss://h?", "parameter allowed after '?' is ca_file="},
        {"rediss://h?insecure=1", "parameter allowed after '?' is ca_file="},
        {"rediss://h?ca_file=/a&ca_file=/b", "parameter allowed after '?' is ca_file="},
        {"rediss://h?ca_file=", "absolute path of a PEM file"},
        {"rediss://h?ca_file=ca.pem", "absolute path of a PEM file"},
        {"rediss://h?ca_file=/a%00b", "absolute path of a PEM file"},
        {"redis://h#f", "percent-encoded"},
        {"redis://h h", "percent-encoded"},
        {"redis://h\r\nFLUSHALL", "percent-encoded"},
        {std::string("redis://h\0", 10), "percent-encoded"},
        {"redis://h\xc3\xa4", "percent-encoded"},
        {"redis://@h", "neither user nor password"},
        {"redis://:@h", "neither user nor password"},
        {"redis://a@b@h", "'@' may stand once"},
        {"redis://u:%zz@h", "broken percent escape"},
        {"redis://u:%4@h", "broken percent escape"},
        {"redis://u:%@h", "broken percent escape"},
        {"redis://u:a%00b@h", "broken percent escape"},
        {"unix://", "absolute path"},
        {"unix:///", "absolute path"},
        {"unix://run/redis.sock", "absolute path"},
        {"unix://u@run/redis.sock", "absolute path"},
        {"unix:///a%00b", "absolute path"},
        {"unix:///" + std::string(107, 'a'), "at most 107 bytes"},
        {"unix:///s?db=x", "the database must be"},
        {"unix:///s?database=1", "parameter allowed after '?' is db="},
        {"unix:///s?db=1&db=2", "parameter allowed after '?' is db="},
    };
    for (const auto& [text, says] : table) {
        const auto got = parse_url(text);
        ASSERT_FALSE(got) << text;
        EXPECT_NE(got.error().find(says), std::string::npos) << text << ": " << got.error();
    }
}

TEST(redis_url, never_shows_the_password_in_an_error) {
    for (const std::string text :
         {"redis://u:hunter2@", "redis://u:hunter2@h:x", "redis://u:hunter2@h/x", "redis://u:hun/ter2@h",
          "redis://:hunter2", "redis://u:hunter2@@h", "redis://u:hunter2%@h", "http://u:hunter2@h",
          "redis://u:hunter2@h?x", "unix://u:hunter2@h/x", "redis://u:hun?ter2@h", "redis://u:hunter2@h h"}) {
        const auto got = parse_url(text);
        ASSERT_FALSE(got) << text;
        EXPECT_EQ(got.error().find("hunter2"), std::string::npos) << got.error();
        EXPECT_EQ(got.error().find("ter2"), std::string::npos) << got.error();
    }
}

RC_GTEST_PROP(redis_url, takes_any_password_that_is_encoded, (const std::string& raw)) {
    std::string password = raw;
    std::erase(password, '\0');
    RC_PRE(!password.empty());
    constexpr const char* digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char byte : password) {
        encoded += '%';
        encoded += digits[static_cast<unsigned char>(byte) >> 4];
        encoded += digits[static_cast<unsigned char>(byte) & 15];
    }
    const auto got = parse_url("rediss://user:" + encoded + "@host:1/2");
    RC_ASSERT(got.has_value());
    RC_ASSERT(got->password.reveal() == password);
}

RC_GTEST_PROP(redis_url, is_total, (const std::string& tail)) {
    for (const std::string scheme : {"redis://", "rediss://", "unix://", ""}) {
        const auto got = parse_url(scheme + tail);
        if (!got) RC_ASSERT(!got.error().empty());
    }
}

}  // namespace
}  // namespace postrider::redis
