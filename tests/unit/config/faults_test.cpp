#include "folder.h"

namespace postrider::config {
namespace {

using lines = std::vector<std::string>;

struct row {
    std::string text;
    lines faults;
};

void expect_rows(const std::vector<row>& rows) {
    const folder files;
    for (const auto& one : rows)
        EXPECT_EQ(files.faults_of(one.text), one.faults) << one.text;
}

TEST(ConfigFaults, OfTheDaemon) {
    expect_rows({
        {"redis: {durability: fsink, partitions: 0}",
         {"1:21: \"durability\" is \"fsink\"; allowed is memory, everysec, fsync or replicated",
          "1:40: \"partitions\" is \"0\"; allowed is a whole number from 1 to 4096"}},
        {"redis:\n  durability: replicated\n  sentinels: {}\n",
         {"2:15: \"durability\" is \"replicated\" without \"url\", \"sentinel\" or \"cluster\"; the embedded "
          "Redis has no replicas",
          "3:3: unknown key \"sentinels\"; the nearest known one is \"sentinel\"; allowed here: url, "
          "sentinel, cluster, durability, "
          "replicas, replica_timeout_seconds, partitions, "
          "prefix, lease_seconds, durability_unverified"}},
        {"redis: {url: \"redis://h\", durability: replicated, replicas: 0, replica_timeout_seconds: 4}",
         {"1:61: \"replicas\" is \"0\"; allowed is a whole number from 1 to 16",
          "1:89: \"replica_timeout_seconds\" is \"4\"; allowed is a number of seconds from 0.01 to 3"}},
        {"redis: {url: \"http://u:hush@h/\"}",
         {"1:14: \"url\" does not begin with redis://, rediss:// or unix://, which are allowed"}},
        {"redis: {prefix: \"a b\", lease_seconds: 0.5}",
         {"1:17: \"prefix\" is \"a b\"; allowed is 1 to 64 letters, digits, '_', '-' and '.'",
          "1:39: \"lease_seconds\" is \"0.5\"; allowed is a number of seconds from 1 to 600"}},
        {"redis: {partitions: 4097, durability_unverified: yes}",
         {"1:21: \"partitions\" is \"4097\"; allowed is a whole number from 1 to 4096",
          "1:50: \"durability_unverified\" is \"yes\"; allowed is true or false"}},
        {"listen:\n  ingest: [127.0.0.1:80]\n", {"2:11: \"ingest\" must be a single value, not a list"}},
        {"listen: [a]", {"1:9: \"listen\" must be a map with the keys: ingest, admin"}},
        {"listen: {ingest: 8080, admin: \"127.1:80\"}",
         {"1:18: \"ingest\" is \"8080\"; allowed is an address and a port, such as 127.0.0.1:8080, "
          "[::1]:8080 or "
          "localhost:8080",
          "1:31: \"admin\" is \"127.1:80\"; allowed is an address and a port, such as 127.0.0.1:8080, "
          "[::1]:8080 or "
          "localhost:8080"}},
        {"listen: {ingest: 127.0.0.1:8081}",
         {"1:18: \"ingest\" is the address of the other listener too; each needs one of its own"}},
        {"listen: {ingest: \"0.0.0.0:8080\"}\naccess: {tokens: []}\n",
         {"1:18: \"ingest\" is an address off loopback, and \"access.tokens\" is empty; allowed are loopback "
          "addresses, "
          "or any with tokens"}},
        {"listen: {admin: \"[::]:8080\"}",
         {
             "1:17: \"admin\" is an address off loopback, and \"access.tokens\" is empty; allowed are "
             "loopback addresses, "
             "or any with tokens",
         }},
        {"egress: {allow_cidrs: [10.0.0.1/8, x], allow_ports: [0, 65536], dns_servers: [10.0.0.2, \"h:53\", "
         "\"10.0.0.2:0\"], proxy: x}",
         {"1:24: an item of \"allow_cidrs\" is \"10.0.0.1/8\"; allowed is a range of addresses, such as "
          "10.0.0.0/8 or "
          "2001:db8::/32, with zeros behind its prefix",
          "1:36: an item of \"allow_cidrs\" is \"x\"; allowed is a range of addresses, such as 10.0.0.0/8 or "
          "2001:db8::/32, with zeros behind its prefix",
          "1:54: an item of \"allow_ports\" is \"0\"; allowed is a whole number from 1 to 65535",
          "1:57: an item of \"allow_ports\" is \"65536\"; allowed is a whole number from 1 to 65535",
          "1:79: an item of \"dns_servers\" is \"10.0.0.2\"; allowed is an address with its port, such as "
          "10.0.0.2:53 or "
          "[2001:db8::1]:53",
          "1:89: an item of \"dns_servers\" is \"h:53\"; allowed is an address with its port, such as "
          "10.0.0.2:53 or "
          "[2001:db8::1]:53",
          "1:97: an item of \"dns_servers\" is \"10.0.0.2:0\"; allowed is an address with its port, such as "
          "10.0.0.2:53 "
          "or [2001:db8::1]:53",
          "1:119: \"proxy\" is no proxy; allowed is http://[user:password@]host[:port], with characters such "
          "as "
          "'@', ':' and '/' of user and password percent-encoded"}},
        {"limits: {max_body_bytes: 1e6, header_seconds: 1e1, max_connections: -1, idle_seconds: .5, "
         "body_seconds: inf, "
         "max_batch_events: 1_000}",
         {"1:26: \"max_body_bytes\" is \"1e6\"; allowed is a whole number from 1 to 67108864",
          "1:47: \"header_seconds\" is \"1e1\"; allowed is a number of seconds from 0.1 to 3600",
          "1:69: \"max_connections\" is \"-1\"; allowed is a whole number from 1 to 1000000",
          "1:87: \"idle_seconds\" is \".5\"; allowed is a number of seconds from 0.1 to 3600",
          "1:105: \"body_seconds\" is \"inf\"; allowed is a number of seconds from 0.1 to 3600",
          "1:128: \"max_batch_events\" is \"1_000\"; allowed is a whole number from 1 to 10000"}},
        {"limits: {max_queued_events: 0, memory_watermark: 90, tenants: {\"a b\": {}, c: {max: 1}, d: 5}}",
         {"1:29: \"max_queued_events\" is \"0\"; allowed is a whole number from 1 to 1000000000000",
          "1:50: \"memory_watermark\" is \"90\"; allowed is a number from 0.1 to 1",
          "1:64: \"tenants\" has a name that is not allowed; allowed are 1 to 64 letters, digits, '_' and "
          "'-'",
          "1:79: unknown key \"max\"; the nearest known one is \"max_queued_events\"; allowed here: "
          "max_queued_events",
          "1:91: \"tenants\" must be a map with the keys: max_queued_events"}},
        {"limits: {tenants: [a]}", {"1:19: \"tenants\" must be a map of tenants and their limits"}},
        {"limits: {max_queued: 5}",
         {"1:10: unknown key \"max_queued\"; the nearest known one is \"max_queued_events\"; allowed "
          "here: "
          "max_body_bytes, max_batch_bytes, max_batch_events, max_header_bytes, max_connections, "
          "max_connections_per_peer, "
          "header_seconds, "
          "body_seconds, idle_seconds, dedup_window_seconds, max_remembered_ids, max_queued_events, "
          "memory_watermark, tenants"}},
        {"logging: {}\nencryptoin: {}\n",
         {"1:1: unknown key \"logging\"; the nearest known one is \"log\"; allowed here: listen, redis, "
          "access, egress, encryption, audit, limits, log, include, defaults, webhook, webhooks",
          "2:1: unknown key \"encryptoin\"; the nearest known one is \"encryption\"; allowed here: listen, "
          "redis, access, egress, encryption, audit, limits, log, include, defaults, webhook, webhooks"}},
        {"encryption: {key: short, previous_keys: [5]}",
         {"1:19: \"key\" is no key; allowed are 32 bytes, as base64 or as 64 hexadecimal digits",
          "1:42: an item of \"previous_keys\" is no key; allowed are 32 bytes, as base64 or as 64 "
          "hexadecimal "
          "digits"}},
        {"audit: {max_records: 99, retention_days: 0.5}",
         {"1:22: \"max_records\" is \"99\"; allowed is a whole number from 100 to 100000",
          "1:42: \"retention_days\" is \"0.5\"; allowed is a number from 1 to 3650"}},
        {"limits: {max_body_bytes: }", {"1:10: \"max_body_bytes\" has no value"}},
        {"limits: {max_body_bytes: [1], body_seconds: {}}",
         {"1:26: \"max_body_bytes\" must be a single value, not a list",
          "1:45: \"body_seconds\" must be a single value, not a map"}},
    });
}

TEST(ConfigFaults, OfAnEndpoint) {
    const std::string start = "webhooks:\n- id: a\n  url: https://h.org/\n  events: [x]\n";
    const std::string signed_start = start + "  secret: " + good_secret + "\n";
    expect_rows({
        {"webhooks: 5", {"1:11: \"webhooks\" must be a list, such as [one, two]"}},
        {"webhook: []",
         {"1:10: \"webhook\" must be a map with the keys: id, url, events, tenant, enabled, description, "
          "headers, "
          "authentication, secret, secrets, retry, timeout, concurrency, tls, allow_http, "
          "allow_private_network, "
          "allow_cidrs, circuit_breaker, rate_limit, limits, logging, auto_disable, ordering, verification"}},
        {"webhooks:\n- {}\n",
         {"2:3: an item of \"webhooks\" has neither \"secret\" nor \"authentication\": standard_webhooks, "
          "the default, signs "
          "with a secret. Make one with: postrider secret new",
          "2:3: an item of \"webhooks\" lacks the key \"events\": the patterns that it subscribes to",
          "2:3: an item of \"webhooks\" lacks the key \"id\"; allowed are 1 to 64 letters, digits, '_' and "
          "'-'",
          "2:3: an item of \"webhooks\" lacks the key \"url\""}},
        {start,
         {"2:3: an item of \"webhooks\" has neither \"secret\" nor \"authentication\": standard_webhooks, "
          "the default, signs "
          "with a secret. Make one with: postrider secret new"}},
        {signed_start + "  retyr: {}\n  circuit_braker: {}\n",
         {"6:3: unknown key \"retyr\"; the nearest known one is \"retry\"; allowed here: id, url, events, "
          "tenant, enabled, "
          "description, headers, authentication, secret, secrets, retry, timeout, concurrency, tls, "
          "allow_http, "
          "allow_private_network, allow_cidrs, circuit_breaker, rate_limit, limits, logging, auto_disable, "
          "ordering, verification",
          "7:3: unknown key \"circuit_braker\"; the nearest known one is \"circuit_breaker\"; allowed here: "
          "id, "
          "url, "
          "events, "
          "tenant, enabled, description, headers, authentication, secret, secrets, retry, timeout, "
          "concurrency, tls, "
          "allow_http, allow_private_network, allow_cidrs, circuit_breaker, rate_limit, limits, logging, "
          "auto_disable, ordering, verification"}},
        {signed_start + "- id: a\n  url: http://h.org/\n  events: []\n  secret: \"\"\n",
         {"6:7: the endpoint's id \"a\" is taken already, at c.yaml:2:7; allowed is each id once over all "
          "files and tenants",
          "7:8: \"url\" is not allowed: the URL is plain http; allowed is https, or set \"allow_http\"",
          "8:11: \"events\" is empty; allowed are 1 to 1000 patterns, such as case.created or \"invoice.*\"",
          "9:11: \"secret\" is empty"}},
        {signed_start +
             "  circuit_breaker: {failure_threshold: 0, failure_ratio: 2, recovery_timeout_seconds: 60, "
             "max_recovery_timeout_seconds: 5}\n"
             "  rate_limit: {burst: 0}\n"
             "  limits: {max_queued_events: 0, history_per_endpoint: 100001, dead_letter_retention_days: 0}\n"
             "  logging: {log_payloads: 1}\n"
             "  auto_disable: {after_seconds: 10, warn_after_seconds: 10}\n"
             "  ordering: fifo\n",
         {"6:40: \"failure_threshold\" is \"0\"; allowed is a whole number from 1 to 1000000",
          "6:58: \"failure_ratio\" is \"2\"; allowed is a number from 0.01 to 1",
          "6:121: \"max_recovery_timeout_seconds\" is below \"recovery_timeout_seconds\"; allowed is as "
          "much, or "
          "more",
          "7:15: \"rate_limit\" lacks the key \"requests_per_second\"",
          "7:23: \"burst\" is \"0\"; allowed is a whole number from 1 to 1000000",
          "8:31: \"max_queued_events\" is \"0\"; allowed is a whole number from 1 to 1000000000",
          "8:56: \"history_per_endpoint\" is \"100001\"; allowed is a whole number from 0 to 100000",
          "8:92: \"dead_letter_retention_days\" is \"0\"; allowed is a number from 0.001 to 3650",
          "9:27: \"log_payloads\" is \"1\"; allowed is true or false",
          "10:57: \"warn_after_seconds\" is not below \"after_seconds\"; the warning comes before",
          "11:13: \"ordering\" is \"fifo\"; allowed is none or key"}},
        {"webhook: {id: ep_x, url: 5, events: x, tenant: a.b, secret: [], enabled: 1, concurrency: 0}",
         {"1:15: \"id\" begins with ep_, which is kept for endpoints made by the API; allowed are other "
          "names",
          "1:26: \"url\" is not allowed: the URL does not begin with https://; allowed is https, and http "
          "with "
          "\"allow_http\"",
          "1:37: \"events\" must be a list, such as [one, two]",
          "1:48: \"tenant\" is \"a.b\"; allowed is 1 to 64 letters, digits, '_' and '-'",
          "1:61: \"secret\" must be a single value, not a list",
          "1:74: \"enabled\" is \"1\"; allowed is true or false",
          "1:90: \"concurrency\" is \"0\"; allowed is a whole number from 1 to 10000"}},
        {signed_start + "  events: [y]\n", {"6:3: the key stands twice in one map, first at c.yaml:4:3"}},
        {signed_start + "  headers: {Host: x, X-A: 1, x-a: 2, \"bad name\": 1, X-B: \"a\\nb\"}\n",
         {"6:13: \"headers\" has a name that is not allowed: the header Host is set by Postrider or by the "
          "connection",
          "6:30: \"headers\" has this name twice; upper and lower case are the same",
          "6:38: \"headers\" has a name that is not allowed: a header's name is made of letters, digits and "
          "!#$%&'*+-.^_`|~",
          "6:58: \"headers\" has a value that is not allowed: a header's value must not hold control "
          "characters such as "
          "line ends"}},
        {start + "  headers: {authorization: x}\n  authentication: {type: bearer, token: hush}\n",
         {"5:13: \"headers\" has a name that the endpoint's authentication writes; leave it out in one of "
          "both"}},
        {signed_start + "  timeout: {connect_seconds: 0, read_seconds: 3601, conect_seconds: 1}\n",
         {"6:30: \"connect_seconds\" is \"0\"; allowed is a number of seconds from 0.01 to 300",
          "6:47: \"read_seconds\" is \"3601\"; allowed is a number of seconds from 0.01 to 3600",
          "6:53: unknown key \"conect_seconds\"; the nearest known one is \"connect_seconds\"; allowed here: "
          "connect_seconds, read_seconds"}},
        {signed_start + "  tls: {ca_file: /nowhere/ca.pem}\n",
         {"6:18: \"ca_file\" names the file /nowhere/ca.pem, which cannot be read: No such file or "
          "directory"}},
        {"webhook: {id: a}\nwebhooks: []\n",
         {"1:10: \"webhook\" has neither \"secret\" nor \"authentication\": standard_webhooks, the default, "
          "signs with a "
          "secret. Make one with: postrider secret new",
          "1:10: \"webhook\" lacks the key \"events\": the patterns that it subscribes to",
          "1:10: \"webhook\" lacks the key \"url\"",
          "1:10: \"webhook\" stands beside \"webhooks\"; allowed is one of both: put it into the list"}},
    });
}

TEST(ConfigFaults, OfRetries) {
    const auto retry = [](const std::string& inside) {
        return std::string("webhooks:\n- {id: a, url: \"https://h.org/\", events: [x], secret: ") +
               good_secret + ",\n   retry: {" + inside + "}}\n";
    };
    expect_rows({
        {retry("max_attempts: 1001, initial_delay_seconds: 0, backoff_multiplier: 0.9, max_delay_seconds: "
               "2592001"),
         {"3:26: \"max_attempts\" is \"1001\"; allowed is a whole number from 0 to 1000",
          "3:55: \"initial_delay_seconds\" is \"0\"; allowed is a number of seconds from 0.01 to 2592000",
          "3:78: \"backoff_multiplier\" is \"0.9\"; allowed is a number from 1 to 1000",
          "3:102: \"max_delay_seconds\" is \"2592001\"; allowed is a number of seconds from 0.01 to "
          "2592000"}},
        {retry("schedule: [{delay_seconds: 1}], max_attempts: 3"),
         {"3:22: \"schedule\" stands beside keys of the exponential form; allowed is either it or "
          "max_attempts, "
          "initial_delay_seconds, backoff_multiplier and max_delay_seconds"}},
        {retry("schedule: [60, {delay: 5}, {delay_seconds: x}]"),
         {"3:23: an item of \"schedule\" must be a map with the keys: delay_seconds",
          "3:27: an item of \"schedule\" lacks the key \"delay_seconds\"",
          "3:28: unknown key \"delay\"; the nearest known one is \"delay_seconds\"; allowed here: "
          "delay_seconds",
          "3:55: \"delay_seconds\" is \"x\"; allowed is a number of seconds from 0 to 2592000"}},
        {retry("retryable_status_codes: [200, 404], terminal_status_codes: [404, 600], max_age_seconds: 0"),
         {"3:37: an item of \"retryable_status_codes\" is \"200\"; allowed is a whole number from 300 to 599",
          "3:71: \"terminal_status_codes\" names 404, which \"retryable_status_codes\" names too; allowed is "
          "one of both",
          "3:77: an item of \"terminal_status_codes\" is \"600\"; allowed is a whole number from 300 to 599",
          "3:100: \"max_age_seconds\" is \"0\"; allowed is a number of seconds from 1 to 31536000"}},
    });
}

TEST(ConfigFaults, OfAuthentication) {
    const auto with = [](const std::string& inside) {
        return "webhooks:\n- {id: a, url: \"https://h.org/\", events: [x],\n   " + inside + "}\n";
    };
    expect_rows({
        {with("authentication: hush"),
         {"3:20: \"authentication\" must be a map with the keys: type, secret, secrets"}},
        {with("authentication: {type: oauth2, tokn: hush}"),
         {"3:27: \"type\" is \"oauth2\"; allowed is standard_webhooks, hmac_sha256, bearer, basic or api_key",
          "3:35: unknown key \"tokn\"; the nearest known one is \"token\"; allowed here: type, secret, "
          "secrets, header, "
          "token, username, password, key"}},
        {with("authentication: []"),
         {"3:20: \"authentication\" is an empty list; allowed are 1 to 8 entries"}},
        {with("authentication: {type: bearer, secret: hush}"),
         {"3:20: \"authentication\" lacks the key \"token\"",
          "3:35: unknown key \"secret\"; the nearest known one is \"header\"; allowed here: type, token, "
          "header"}},
        {with("authentication: [{type: basic}, {type: api_key}]"),
         {"3:21: an item of \"authentication\" lacks the key \"password\"",
          "3:21: an item of \"authentication\" lacks the key \"username\"",
          "3:36: an item of \"authentication\" lacks the key \"header\"",
          "3:36: an item of \"authentication\" lacks the key \"key\""}},
        {with("authentication: {type: hmac_sha256}"), {"3:20: \"authentication\" lacks the key \"secret\""}},
        {with("authentication: {type: hmac_sha256, secret: hush, header: Host}"),
         {"3:20: \"authentication\" cannot be used: authentication 1 (hmac_sha256): header: the header Host "
          "is set by "
          "Postrider or by the connection"}},
        {with("authentication: [{type: bearer, token: hush}, {type: basic, username: u, password: hush}]"),
         {"3:20: \"authentication\" cannot be used: two authentications write the header Authorization: each "
          "may be "
          "written once"}},
        {with(std::string("secret: ") + good_secret + ", authentication: {type: bearer, token: hush}"),
         {"3:12: \"secret\" stands beside \"authentication\"; allowed is one of both: put it into the list "
          "under "
          "\"authentication\", as {type: standard_webhooks, secret: …}"}},
        {with(std::string("secret: ") + good_secret + ", secrets: []"),
         {"3:61: \"secrets\" is empty; allowed are 1 to 3 entries, newest first",
          "3:61: \"secrets\" stands beside \"secret\"; allowed is one of both"}},
        {with("secret: \"\""), {"3:12: \"secret\" is empty"}},
        {with("secrets: [{secret: whsec_hush, expires_at: tomorrow}, {expires_at: 2026-02-30T00:00:00Z}, "
              "whsec_hush]"),
         {"3:47: \"expires_at\" is \"tomorrow\"; allowed is a time of RFC 3339, such as 2026-01-31T12:00:00Z",
          "3:58: an item of \"secrets\" lacks the key \"secret\"",
          "3:71: \"expires_at\" is \"2026-02-30T00:00:00Z\"; allowed is a time of RFC 3339, such as "
          "2026-01-31T12:00:00Z",
          "3:94: an item of \"secrets\" must be a map with the keys: secret, expires_at"}},
        {with("secrets: [{secret: a, expires_at: 2999-01-01T00:00:00Z}]"),
         {"3:13: \"secrets\" would leave nothing to sign with: at least one entry must be without "
          "\"expires_at\""}},
        {with("secrets: [{secret: a}, {secret: b}, {secret: c}, {secret: d}]"),
         {"3:13: \"secrets\" has too many items; allowed are 3"}},
    });
}

TEST(ConfigFaults, HideKeysThatLookLikeSecrets) {
    const std::string rest = "; the nearest known one is \"delay_seconds\"; allowed here: delay_seconds";
    const auto with = [](const std::string& key) {
        return one_endpoint("retry: {schedule: [{delay_seconds: 1, \"" + key + "\": 1}]}");
    };
    const folder files;
    for (const auto& key : {std::string("whsec_abc"), std::string("whsk_abc"), std::string("BearerAbc"),
                            std::string("evwhsec_abc"), std::string("x-whsk_abc"), std::string("Bearer abc"),
                            std::string(65, 'k')}) {
        const auto faults = files.faults_of(with(key));
        ASSERT_EQ(faults.size(), 1U);
        EXPECT_TRUE(faults[0].ends_with(": unknown key \"***\"" + rest)) << faults[0];
    }
    for (const auto& key : {std::string("delay_second"), std::string("bearer"), std::string(64, 'k')}) {
        const auto faults = files.faults_of(with(key));
        ASSERT_EQ(faults.size(), 1U);
        EXPECT_TRUE(faults[0].ends_with(": unknown key \"" + key + '"' + rest)) << faults[0];
    }
    for (const auto& fault : files.faults_of("a: *whsec_abc\n"))
        EXPECT_EQ(fault.find("whsec_abc"), std::string::npos) << fault;
}

TEST(ConfigFaults, AreNotEndless) {
    std::string text = "webhooks:\n";
    for (int i = 0; i < 2000; ++i)
        text += "- {id: e" + std::to_string(i) + "}\n";
    const folder files;
    const auto loaded = files.load_text(text);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().size(), 1001U);
    EXPECT_EQ(loaded.error().back().message, "more faults follow; these are the first 1000");
}

TEST(ConfigFaults, NeverShowASecretOrAValueFromOutside) {
    folder files;
    files.variables["V"] = "hush hush";
    files.write("value", "hush hush");
    const auto file = "file:" + files.path("value");
    for (const auto& value : lines{"\"${V}\"", "\"${NO:-hush hush}\"", file}) {
        const auto text =
            "listen: {ingest: " + value + "}\nredis: {url: " + value + ", durability: " + value +
            ", partitions: " + value + ", prefix: " + value + ", lease_seconds: " + value +
            "}\naccess: {tokens: [{name: " + value + ", token: " + value + ", scopes: [" + value +
            "], tenant: " + value + "}]}\negress: {allow_cidrs: [" + value + "], allow_ports: [" + value +
            "], dns_servers: [" + value + "], proxy: " + value + "}\nwebhooks:\n- {id: " + value +
            ", url: " + value + ", events: [" + value + "], secret: " + value + ", enabled: " + value +
            ", tls: {ca_file: " + value + "}}\n- {authentication: {type: " + value +
            "}}\n- {authentication: {type: basic, username: \"a:hush\", password: hush}}\n- {whsec_hush: 1, "
            "secret: whsec_hush, url: \"https://u:hush@h.org/?hush\"}\n";
        const auto faults = files.faults_of(text);
        EXPECT_GT(faults.size(), 20U);
        for (const auto& one : faults)
            EXPECT_EQ(one.find("hush"), one.find("${NO:-hush")) << one;
    }
}

}  // namespace
}  // namespace postrider::config
