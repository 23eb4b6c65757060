#include "folder.h"

#include <postrider/retry/decision.h>

namespace postrider::config {
namespace {

using namespace std::chrono_literals;

TEST(ConfigValues, NothingWrittenIsTheDefaults) {
    const folder files;
    for (const auto* text :
         {"", "# nothing\n", "---\n", "{}", "listen:\nredis:\nwebhooks:\ninclude:\ndefaults:\n",
          "\xef\xbb\xbf{}\n", "limits: {}\r\n"}) {
        const auto read = files.load_good(text);
        const auto none = defaults();
        EXPECT_EQ(read.ingest.address.to_string(), "127.0.0.1:8080");
        EXPECT_EQ(read.admin.address.to_string(), "127.0.0.1:8081");
        EXPECT_EQ(read.redis, none.redis);
        EXPECT_EQ(read.access, none.access);
        EXPECT_EQ(read.egress, none.egress);
        EXPECT_EQ(read.limits, none.limits);
        EXPECT_TRUE(read.endpoints.empty());
        EXPECT_EQ(read.files, (std::vector<std::string>{files.path("c.yaml")}));
    }
}

TEST(ConfigValues, ReadsEverySettingOfTheDaemon) {
    const folder files;
    const auto read = files.load_good(R"(
listen: {ingest: "[::1]:0", admin: localhost:9001}
redis: {url: "redis://u:p@h:1/2", durability: replicated, partitions: 4096, prefix: a.b-c_D, replicas: 3, replica_timeout_seconds: 0.5, lease_seconds: 2.5, durability_unverified: true}
access: {open_metrics: true}
egress: {allow_cidrs: [10.0.0.0/8, "2001:db8::/32"], allow_ports: [1, 65535], dns_servers: ["10.0.0.2:53", "[2001:db8::1]:5353"], proxy: "http://us%40er:p%40ss:word@proxy:3128", proxy_resolves: true}
limits:
  max_body_bytes: 1
  max_batch_bytes: 2
  max_batch_events: 3
  max_header_bytes: 2048
  max_connections: 5
  max_connections_per_peer: 6
  header_seconds: 0.25
  body_seconds: 7
  idle_seconds: 3600
  dedup_window_seconds: 9
  max_remembered_ids: 10
  max_queued_events: 11
  memory_watermark: 0.5
  tenants: {shop: {max_queued_events: 12}, crm: {}}
)");
    EXPECT_EQ(read.ingest.address, (listen_address{"::1", 0}));
    EXPECT_EQ(read.ingest.address.to_string(), "[::1]:0");
    EXPECT_EQ(read.admin.address, (listen_address{"localhost", 9001}));
    const redis_settings redis{
        secret("redis://u:p@h:1/2"), durability::replicated, 4096, "a.b-c_D", 2500ms, true, {}, {}, 3, 500ms};
    EXPECT_EQ(read.redis, redis);
    EXPECT_TRUE(read.access.open_metrics);
    const forward_proxy proxy{{false, "proxy", false, 3128, "/"},
                              secret("Basic dXNAZXI6cEBzczp3b3Jk"),  // us@er:p@ss:word
                              true};
    const egress_settings egress{{*cidr::parse("10.0.0.0/8"), *cidr::parse("2001:db8::/32")},
                                 {1, 65535},
                                 {"10.0.0.2:53", "[2001:db8::1]:5353"},
                                 proxy};
    EXPECT_EQ(read.egress, egress);
    const limit_settings limits{1, 2, 3, 2048, 5, 6, 250ms, 7s, 3600s, 9s, 10, 11, 0.5, {{"shop", 12}}};
    EXPECT_EQ(read.limits, limits);
}

TEST(ConfigValues, Loopback) {
    for (const auto* host : {"127.0.0.1", "127.9.9.9", "::1", "localhost"})
        EXPECT_TRUE((listen_address{host, 1}.is_loopback())) << host;
    for (const auto* host : {"0.0.0.0", "::", "10.0.0.1", "::ffff:127.0.0.1", "example.org", ""})
        EXPECT_FALSE((listen_address{host, 1}.is_loopback())) << host;
}

TEST(ConfigValues, FaultsAsText) {
    EXPECT_EQ((fault{"f.yaml", 3, 7, "is wrong"}.to_string()), "f.yaml:3:7: is wrong");
    EXPECT_EQ((fault{"f.yaml", 0, 0, "is gone"}.to_string()), "f.yaml: is gone");
    EXPECT_EQ(to_string(durability::memory), "memory");
    EXPECT_EQ(to_string(durability::fsync), "fsync");
    EXPECT_EQ(to_string(durability::replicated), "replicated");
}

TEST(ConfigValues, TheProcessEnvironment) {
    ::setenv("POSTRIDER_CONFIG_TEST", "there", 1);
    EXPECT_EQ(process_environment()("POSTRIDER_CONFIG_TEST"), "there");
    ::unsetenv("POSTRIDER_CONFIG_TEST");
    EXPECT_EQ(process_environment()("POSTRIDER_CONFIG_TEST"), std::nullopt);
}

}  // namespace
}  // namespace postrider::config
