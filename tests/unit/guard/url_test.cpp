#include <postrider/guard/url.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace postrider::guard {
namespace {

constexpr url_rules strict{};

url_rules lenient() {
    url_rules rules;
    rules.allow_http = true;
    rules.allow_private_network = true;
    return rules;
}

struct good_row {
    std::string text;
    http_url url;
};

TEST(Url, ParsesWhatIsAllowed) {
    const std::vector<good_row> rows{
        {"https://a.example.org", {true, "a.example.org", false, 443, "/"}},
        {"https://a.example.org/", {true, "a.example.org", false, 443, "/"}},
        {"HTTPS://A.Example.ORG/Hook", {true, "a.example.org", false, 443, "/Hook"}},
        {"https://example.org:443/x", {true, "example.org", false, 443, "/x"}},
        {"https://example.org:8443/x", {true, "example.org", false, 8443, "/x"}},
        {"https://example.org?a=1", {true, "example.org", false, 443, "/?a=1"}},
        {"https://example.org/a?b=c/d?e:@", {true, "example.org", false, 443, "/a?b=c/d?e:@"}},
        {"https://example.org/%7euser/%C3%A4", {true, "example.org", false, 443, "/%7euser/%C3%A4"}},
        {"https://example.org/a/../b//c", {true, "example.org", false, 443, "/a/../b//c"}},
        {"https://example.org/@x", {true, "example.org", false, 443, "/@x"}},
        {"https://xn--bcher-kva.example.org/", {true, "xn--bcher-kva.example.org", false, 443, "/"}},
        {"https://1.a-2.3com/", {true, "1.a-2.3com", false, 443, "/"}},
        {"https://8.8.8.8/", {true, "8.8.8.8", true, 443, "/"}},
        {"https://10.0.0.1/", {true, "10.0.0.1", true, 443, "/"}},
        {"https://[2606:4700::1111]/", {true, "2606:4700::1111", true, 443, "/"}},
        {"https://[2606:4700:0:0:0:0:0:1111]:8443/x", {true, "2606:4700::1111", true, 8443, "/x"}},
        {"https://notlocal.org/", {true, "notlocal.org", false, 443, "/"}},
        {"https://example.com/", {true, "example.com", false, 443, "/"}},
        {"https://mytest.io/", {true, "mytest.io", false, 443, "/"}},
    };
    for (const auto& one : rows) {
        const auto url = parse_url(one.text, strict);
        ASSERT_TRUE(url) << one.text << ": " << url.error();
        EXPECT_EQ(*url, one.url) << one.text;
    }
}

struct bad_row {
    std::string text;
    const char* part_of_error;
};

const std::vector<bad_row> syntax_faults{
    {"", "empty"},
    {"https://" + std::string(2041, 'a'), "longer than 2048"},
    {"https://example.org/a b", "space"},
    {" https://example.org/", "space"},
    {"https://example.org/\t", "control character"},
    {"https://example.org/\r\nX: y", "control character"},
    {std::string("https://example.org/\0", 21), "control character"},
    {"https://example.org/\x7f", "control character"},
    {"https://ex\xc3\xa4mple.org/", "beyond ASCII"},
    {"https://①②⑦.0.0.1/", "beyond ASCII"},
    {"https://example.org\\@evil.org/", "backslash"},
    {"https://example.org/#x", "fragment"},
    {"example.org", "https://"},
    {"https:/example.org", "https://"},
    {"https:example.org", "https://"},
    {"//example.org/", "https://"},
    {"ftp://example.org/", "https://"},
    {"://example.org/", "https://"},
    {"https://", "no host"},
    {"https:///x", "no host"},
    {"https://?x", "no host"},
    {"https://:443/", "no host"},
    {"https://user@example.org/", "user name"},
    {"https://user:pass@example.org/", "user name"},
    {"https://@example.org/", "user name"},
    {"https://example%2eorg/", "percent sign"},
    {"https://%31%32%37.0.0.1/", "percent sign"},
    {"https://[fe80::1%25eth0]/", "percent sign"},
    {"https://[2606::1", "never closed"},
    {"https://[2606::1]x/", "no port"},
    {"https://[2606::1]443/", "no port"},
    {"https://[127.0.0.1]/", "not an IPv6"},
    {"https://[]/", "not an IPv6"},
    {"https://[v1.x]/", "not an IPv6"},
    {"https://[2606::1::2]/", "not an IPv6"},
    {"https://2606::1/", "ends in a number"},
    {"https://example.org:/", "port is not a number"},
    {"https://example.org:0/", "port is not a number"},
    {"https://example.org:0443/", "port is not a number"},
    {"https://example.org:+443/", "port is not a number"},
    {"https://example.org:443x/", "port is not a number"},
    {"https://example.org:65536/", "port is not a number"},
    {"https://example.org:99999999999999999999/", "port is not a number"},
    {"https://example.org:443:443/", "port is not a number"},
    {"https://example.org./", "not a name"},
    {"https://.example.org/", "not a name"},
    {"https://example..org/", "not a name"},
    {"https://-example.org/", "not a name"},
    {"https://example-.org/", "not a name"},
    {"https://exa_mple.org/", "not a name"},
    {"https://exam!ple.org/", "not a name"},
    {"https://*.example.org/", "not a name"},
    {"https://" + std::string(64, 'a') + ".org/", "not a name"},
    {"https://" + std::string(60, 'a') + '.' + std::string(60, 'a') + '.' + std::string(60, 'a') + '.' +
         std::string(60, 'a') + '.' + std::string(10, 'a') + "/",
     "not a name"},
    {"https://127.1/", "ends in a number"},
    {"https://2130706433/", "ends in a number"},
    {"https://0x7f.1/", "ends in a number"},
    {"https://0x7f000001/", "ends in a number"},
    {"https://0x/", "ends in a number"},
    {"https://1.2.3.0x4/", "ends in a number"},
    {"https://017700000001/", "ends in a number"},
    {"https://0177.0.0.1/", "ends in a number"},
    {"https://127.0.0.01/", "ends in a number"},
    {"https://1.2.3.256/", "ends in a number"},
    {"https://1.2.3.4.5/", "ends in a number"},
    {"https://host.123/", "ends in a number"},
    {"https://example.org/%", "percent-encoded"},
    {"https://example.org/%4", "percent-encoded"},
    {"https://example.org/%zz", "percent-encoded"},
    {"https://example.org/<x>", "percent-encoded"},
    {"https://example.org/\"x", "percent-encoded"},
    {"https://example.org/?x={y}", "percent-encoded"},
    {"https://example.org/a|b", "percent-encoded"},
};

TEST(Url, RefusesFaultsOfSyntaxWhateverIsAllowed) {
    for (const auto& one : syntax_faults) {
        for (const auto& rules : {strict, lenient()}) {
            const auto url = parse_url(one.text, rules);
            ASSERT_FALSE(url) << one.text;
            EXPECT_NE(url.error().find(one.part_of_error), std::string::npos)
                << one.text << ": " << url.error();
        }
    }
}

TEST(Url, RefusesPrivateNamesUntilAllowed) {
    for (const auto* name :
         {"localhost", "a.localhost", "printer.local", "db.internal", "metadata.google.internal",
          "x.home.arpa", "1.168.192.in-addr.arpa", "abc.onion", "a.test", "a.example", "a.invalid",
          "localhost.localdomain", "LOCALHOST", "Db.Internal", "receiver"}) {
        const auto text = std::string("https://") + name + "/";
        const auto refused = parse_url(text, strict);
        ASSERT_FALSE(refused) << name;
        EXPECT_NE(refused.error().find("allow_private_network"), std::string::npos) << refused.error();
        EXPECT_TRUE(parse_url(text, lenient())) << name;
    }
}

TEST(Url, HttpAndItsPortsNeedLeave) {
    const auto refused = parse_url("http://example.org/", strict);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), "the URL is plain http; allowed is https, or set \"allow_http\"");
    url_rules http;
    http.allow_http = true;
    EXPECT_EQ(parse_url("http://example.org/", http)->port, 80);
    EXPECT_FALSE(parse_url("http://example.org/", http)->tls);
    EXPECT_TRUE(parse_url("http://example.org:8080/", http));
    EXPECT_TRUE(parse_url("https://example.org:8080/", http));
    EXPECT_FALSE(parse_url("http://example.org:81/", http));
    EXPECT_FALSE(parse_url("https://example.org:8080/", strict));
    EXPECT_FALSE(parse_url("https://example.org:80/", strict));
}

TEST(Url, MorePortsByTheOperatorsListOrPrivateNetwork) {
    url_rules rules;
    EXPECT_FALSE(parse_url("https://example.org:9443/", rules));
    rules.allow_ports = {9443};
    EXPECT_EQ(parse_url("https://example.org:9443/", rules)->port, 9443);
    EXPECT_FALSE(parse_url("https://example.org:9444/", rules));
    url_rules private_network;
    private_network.allow_private_network = true;
    EXPECT_EQ(parse_url("https://example.org:1/", private_network)->port, 1);
    EXPECT_EQ(parse_url("https://example.org:65535/", private_network)->port, 65535);
}

TEST(Url, TheLongestUrlStillPasses) {
    const std::string head = "https://example.org/";
    EXPECT_TRUE(parse_url(head + std::string(2048 - head.size(), 'a'), strict));
    EXPECT_FALSE(parse_url(head + std::string(2049 - head.size(), 'a'), strict));
}

TEST(Url, ErrorsNeverRepeatTheUrl) {
    for (const auto* text : {"https://h.org/?token=s3cr3t#f", "https://u:s3cr3t@h.org/", "https://s3cr3t/",
                             "https://h.org/s3cr3t|"}) {
        const auto url = parse_url(text, strict);
        ASSERT_FALSE(url);
        EXPECT_EQ(url.error().find("s3cr3t"), std::string::npos) << url.error();
    }
}

bool is_sound(const http_url& url) {
    const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
    return !url.host.empty() && url.port != 0 && url.target.starts_with('/') &&
           std::all_of(url.host.begin(), url.host.end(), visible) &&
           std::all_of(url.target.begin(), url.target.end(), visible);
}

RC_GTEST_PROP(Url, IsTotalOverAnyBytes, (const std::string& bytes, bool http, bool private_network)) {
    url_rules rules;
    rules.allow_http = http;
    rules.allow_private_network = private_network;
    for (const auto& text : {bytes, "https://" + bytes, "http://h.org" + bytes, "https://[" + bytes + "]/"}) {
        const auto url = parse_url(text, rules);
        RC_ASSERT((url ? is_sound(*url) : !url.error().empty()));
    }
}

RC_GTEST_PROP(Url, WhatIsParsedParsesTheSameAgain, ()) {
    const std::string alphabet = "aZ0.-:/?[]@%#x1f ";
    const auto tail = *rc::gen::container<std::string>(rc::gen::elementOf(alphabet));
    const auto url = parse_url("https://" + tail, lenient());
    if (!url) return;
    const auto again = parse_url("https://" + url->authority() + url->target, lenient());
    RC_ASSERT((again && *again == *url));
}

}  // namespace
}  // namespace postrider::guard
