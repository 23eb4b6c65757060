#include "folder.h"

#include <postrider/retry/decision.h>

namespace postrider::config {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

endpoint read_one(const std::string& more) {
    const folder files;
    return *files.load_good(one_endpoint(more)).endpoints.at(0);
}

std::vector<milliseconds> delays_of(const std::string& retry) {
    return read_one("retry: {" + retry + "}").retry.delays;
}

TEST(ConfigEndpoint, Defaults) {
    const auto read = read_one("");
    EXPECT_EQ(read.id, "a");
    EXPECT_EQ(read.tenant, "default");
    EXPECT_TRUE(read.enabled);
    EXPECT_EQ(read.url, (http_url{true, "h.org", false, 443, "/"}));
    EXPECT_EQ(read.url_text, "https://h.org/");
    EXPECT_EQ(read.events, std::vector<std::string>{"**"});
    EXPECT_EQ(read.retry.delays, retry::default_table());
    EXPECT_TRUE(read.retry.jitter);
    EXPECT_EQ(read.retry.max_age, std::nullopt);
    EXPECT_EQ(read.timeout, timeout_settings{});
    EXPECT_EQ(read.concurrency, 32U);
    EXPECT_EQ(read.tls, tls_settings{});
    EXPECT_FALSE(read.allow_http || read.allow_private_network);
    ASSERT_EQ(read.authentications.size(), 1U);
    const auto& auth = std::get<standard_webhooks_auth>(read.authentications[0]);
    EXPECT_EQ(auth.secrets, (std::vector<live_secret>{{secret(good_secret), std::nullopt}}));
}

TEST(ConfigEndpoint, EverySetting) {
    const folder files;
    const auto read = files.load_good(std::string(R"(
webhooks:
  - id: b_-9
    url: http://receiver:9000/x?y
    events: [case.created, "invoice.*"]
    tenant: t-1
    enabled: false
    description: "Ünïcode"
    headers: {X-One: 1, x-two: "a b"}
    secret: )") + good_secret + R"(
    retry: {jitter: false, retryable_status_codes: [409, 404, 409], terminal_status_codes: [500], max_age_seconds: 60}
    timeout: {connect_seconds: 1.5, read_seconds: 0.01}
    concurrency: 1
    allow_http: true
    allow_private_network: true
    allow_cidrs: [169.254.0.0/16]
)");
    const auto& one = *read.endpoints.at(0);
    EXPECT_EQ(one.id, "b_-9");
    EXPECT_EQ(one.tenant, "t-1");
    EXPECT_EQ(one.queue_name(), "t-1.b_-9");
    EXPECT_FALSE(one.enabled);
    EXPECT_EQ(one.description, "Ünïcode");
    EXPECT_EQ(one.url, (http_url{false, "receiver", false, 9000, "/x?y"}));
    EXPECT_EQ(one.events, (std::vector<std::string>{"case.created", "invoice.*"}));
    EXPECT_EQ(one.headers,
              (std::vector<std::pair<std::string, std::string>>{{"X-One", "1"}, {"x-two", "a b"}}));
    EXPECT_EQ(one.retry, (retry_settings{retry::default_table(), false, {404, 409}, {500}, 60s}));
    EXPECT_EQ(one.timeout, (timeout_settings{1500ms, 10ms}));
    EXPECT_EQ(one.concurrency, 1U);
    EXPECT_TRUE(one.allow_http && one.allow_private_network);
    EXPECT_EQ(one.allow_cidrs, std::vector<cidr>{*cidr::parse("169.254.0.0/16")});
}

TEST(ConfigEndpoint, PortsOfTheDaemonHoldForItsUrls) {
    const folder files;
    const auto text = std::string("webhooks: [{id: a, url: \"https://h.org:9443/\", events: [x], secret: ") +
                      good_secret + "}]\n";
    EXPECT_FALSE(files.load_text(text));
    EXPECT_EQ(files.load_good(text + "egress: {allow_ports: [9443]}\n").endpoints[0]->url.port, 9443);
}

TEST(ConfigEndpoint, ExponentialAsTheContractCountsIt) {
    EXPECT_EQ(
        delays_of(
            "max_attempts: 5, initial_delay_seconds: 60, backoff_multiplier: 2, max_delay_seconds: 3600"),
        (std::vector<milliseconds>{60s, 120s, 240s, 480s, 960s}));
    EXPECT_EQ(delays_of("max_attempts: 2"), (std::vector<milliseconds>{60s, 120s}));
    EXPECT_EQ(delays_of("initial_delay_seconds: 1"), (std::vector<milliseconds>{1s, 2s, 4s, 8s, 16s}));
    EXPECT_EQ(delays_of("backoff_multiplier: 1.5"),
              (std::vector<milliseconds>{60s, 90s, 135s, 202500ms, 303750ms}));
    EXPECT_EQ(delays_of("max_delay_seconds: 100"), (std::vector<milliseconds>{60s, 100s, 100s, 100s, 100s}));
    EXPECT_TRUE(delays_of("max_attempts: 0").empty());
    EXPECT_EQ(delays_of("jitter: false"), retry::default_table());
    EXPECT_EQ(delays_of("max_age_seconds: 5"), retry::default_table());
}

TEST(ConfigEndpoint, Schedule) {
    EXPECT_EQ(delays_of("schedule: [{delay_seconds: 60}, {delay_seconds: 0.5}, {delay_seconds: 0}]"),
              (std::vector<milliseconds>{60s, 500ms, 0s}));
    EXPECT_TRUE(delays_of("schedule: []").empty());
}

TEST(ConfigEndpoint, EveryAuthentication) {
    const auto read = read_one(
        std::string("authentication: [{secret: ") + good_secret + "}, {type: hmac_sha256, secret: s1}, " +
        "{type: bearer, token: t1, header: X-Bearer}, {type: basic, username: u, password: p}, " +
        "{type: api_key, header: X-Key, key: k1}]");
    ASSERT_EQ(read.authentications.size(), 5U);
    EXPECT_EQ(read.authentications[0], authentication(standard_webhooks_auth{{{secret(good_secret), {}}}}));
    EXPECT_EQ(read.authentications[1],
              authentication(hmac_sha256_auth{{{secret("s1"), {}}}, "X-Signature-256"}));
    EXPECT_EQ(read.authentications[2], authentication(bearer_auth{secret("t1"), "X-Bearer"}));
    EXPECT_EQ(read.authentications[3], authentication(basic_auth{"u", secret("p")}));
    EXPECT_EQ(read.authentications[4], authentication(api_key_auth{"X-Key", secret("k1")}));
    EXPECT_EQ(read_one("authentication: {type: bearer, token: t}").authentications,
              std::vector<authentication>{bearer_auth{secret("t")}});
}

TEST(ConfigEndpoint, SecretsSideBySide) {
    const auto read = read_one(
        "authentication: {type: hmac_sha256, header: X-S, secrets: [{secret: new}, "
        "{secret: old, expires_at: 2020-01-31T13:00:00+01:00}, {secret: older, expires_at: "
        "2999-01-01T00:00:00Z}]}");
    const auto& auth = std::get<hmac_sha256_auth>(read.authentications.at(0));
    EXPECT_EQ(auth.header, "X-S");
    ASSERT_EQ(auth.secrets.size(), 3U);
    EXPECT_EQ(auth.secrets[0], (live_secret{secret("new"), std::nullopt}));
    EXPECT_EQ(auth.secrets[1], (live_secret{secret("old"), wall_time(sys_days(2020y / January / 31) + 12h)}));
    EXPECT_EQ(auth.secrets[2].expires_at, wall_time(sys_days(2999y / January / 1)));
}

TEST(ConfigEndpoint, SingleFormTakesTheNameOfTheFile) {
    const folder files;
    files.write("partner-1.prod.yaml", "x");
    files.write("partner_1.yaml",
                std::string("webhook: {url: \"https://h.org/\", events: [a], secret: ") + good_secret + "}");
    const auto read = files.load_file("partner_1.yaml");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->endpoints.at(0)->id, "partner_1");
    files.write("ep_1.yaml", std::string("webhook: {id: x, url: \"https://h.org/\", events: [a], secret: ") +
                                 good_secret + "}");
    EXPECT_EQ(files.load_file("ep_1.yaml")->endpoints.at(0)->id, "x");
    for (const auto* name : {"ep_2.yaml", "a.b.yaml", "ä.yaml"}) {
        files.write(name, std::string("webhook: {url: \"https://h.org/\", events: [a], secret: ") +
                              good_secret + "}");
        const auto refused = files.load_file(name);
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.error().at(0).message,
                  "\"webhook\" has no \"id\", and the file's name cannot be one; allowed are 1 to 64 "
                  "letters, digits, "
                  "'_' and '-'");
    }
}

}  // namespace
}  // namespace postrider::config
