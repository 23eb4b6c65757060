#include "folder.h"

#include <postrider/retry/decision.h>

namespace postrider::config {
namespace {

using namespace std::chrono_literals;
using headers = std::vector<std::pair<std::string, std::string>>;

endpoint read_over(const std::string& defaults, const std::string& own) {
    const folder files;
    const auto read = files.load_good("defaults: {" + defaults +
                                      "}\nwebhooks: [{id: a, url: \"https://h.org/\", " + own + "}]\n");
    return *read.endpoints.at(0);
}

const std::string base = std::string("events: [x], secret: ") + good_secret;

TEST(ConfigDefaults, AnEndpointsOwnKeyReplacesTheDefault) {
    const auto read =
        read_over(base + ", concurrency: 4, tenant: t, allow_cidrs: [10.0.0.0/8], allow_http: true",
                  "events: [y], tenant: u, allow_cidrs: []");
    EXPECT_EQ(read.events, std::vector<std::string>{"y"});
    EXPECT_EQ(read.tenant, "u");
    EXPECT_EQ(read.concurrency, 4U);
    EXPECT_TRUE(read.allow_cidrs.empty());
    EXPECT_TRUE(read.allow_http);
}

TEST(ConfigDefaults, MapsAreMergedKeyByKey) {
    const auto read =
        read_over(base +
                      ", timeout: {connect_seconds: 1, read_seconds: 2}, headers: {X-A: 1, X-B: 2}, "
                      "retry: {jitter: false, max_attempts: 2}",
                  "timeout: {read_seconds: 3}, headers: {x-b: 3, X-C: 4}, retry: {initial_delay_seconds: 1}");
    EXPECT_EQ(read.timeout, (timeout_settings{1s, 3s}));
    EXPECT_EQ(read.headers, (headers{{"x-b", "3"}, {"X-C", "4"}, {"X-A", "1"}}));
    EXPECT_FALSE(read.retry.jitter);
    EXPECT_EQ(read.retry.delays, (std::vector<milliseconds>{1s, 2s}));
}

TEST(ConfigDefaults, ANullMapTakesTheDefaults) {
    EXPECT_EQ(read_over(base + ", timeout: {read_seconds: 2}", "timeout: ").timeout.read, 2s);
}

TEST(ConfigDefaults, AScheduleAndExponentialKeysReplaceEachOther) {
    EXPECT_EQ(read_over(base + ", retry: {schedule: [{delay_seconds: 1}], jitter: false}",
                        "retry: {max_attempts: 1}")
                  .retry,
              (retry_settings{{60s}, false, {}, {}, {}}));
    EXPECT_EQ(read_over(base + ", retry: {max_attempts: 7, backoff_multiplier: 3}",
                        "retry: {schedule: [{delay_seconds: 1}]}")
                  .retry.delays,
              std::vector<milliseconds>{1s});
}

TEST(ConfigDefaults, CredentialsReplaceEachOther) {
    const auto bearer = read_over(base, "authentication: {type: bearer, token: t}");
    ASSERT_EQ(bearer.authentications.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<bearer_auth>(bearer.authentications[0]));
    const auto own = read_over("events: [x], authentication: {type: bearer, token: t}",
                               std::string("secret: ") + good_secret);
    ASSERT_EQ(own.authentications.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<standard_webhooks_auth>(own.authentications[0]));
    const auto several = read_over(base, std::string("secrets: [{secret: ") + good_secret + "}]");
    EXPECT_EQ(std::get<standard_webhooks_auth>(several.authentications.at(0)).secrets.size(), 1U);
}

TEST(ConfigDefaults, AreCheckedWithoutAnyEndpointAndToldOnce) {
    const folder files;
    const std::string text =
        "defaults: {id: a, url: \"https://h.org/\", retyr: 1, concurrency: 0, secret: \"\"}\n";
    const std::vector<std::string> faults{
        "1:16: \"id\" cannot be a default; each endpoint has its own",
        "1:24: \"url\" cannot be a default; each endpoint has its own",
        "1:42: unknown key \"retyr\"; the nearest known one is \"retry\"; allowed here: id, url, events, "
        "tenant, enabled, "
        "description, headers, authentication, secret, secrets, retry, timeout, concurrency, tls, "
        "allow_http, "
        "allow_private_network, allow_cidrs, circuit_breaker, rate_limit, limits, logging, auto_disable, "
        "ordering, verification",
        "1:65: \"concurrency\" is \"0\"; allowed is a whole number from 1 to 10000",
        "1:76: \"secret\" is empty",
    };
    EXPECT_EQ(files.faults_of(text), faults);
    EXPECT_EQ(files.faults_of(text + "webhooks:\n- {id: b, url: \"https://h.org/\", events: [x]}\n"
                                     "- {id: c, url: \"https://h.org/\", events: [x]}\n"),
              faults);
}

}  // namespace
}  // namespace postrider::config
