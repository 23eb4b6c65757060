#include "folder.h"
#include "pem_pair.h"

namespace postrider::config {
namespace {

using lines = std::vector<std::string>;

TEST(ConfigRedisSource, ReadsASentinel) {
    const folder files;
    files.write("ca.pem", make_pem_pair().certificate);
    const auto read = files.load_good(R"(
redis:
  durability: everysec
  sentinel:
    master: orders-1
    nodes: [sentinel-1.example.org:26379, "10.0.0.2:26380", "[2001:db8::1]:26381", localhost:1]
    username: rider
    password: hush
    sentinel_username: sentry
    sentinel_password: hushed
    tls: true
    ca_file: ca.pem
    database: 3
)");
    ASSERT_TRUE(read.redis.sentinel);
    const sentinel_source& source = *read.redis.sentinel;
    EXPECT_EQ(source.master, "orders-1");
    const std::vector<node_address> nodes{
        {"sentinel-1.example.org", 26379}, {"10.0.0.2", 26380}, {"2001:db8::1", 26381}, {"localhost", 1}};
    EXPECT_EQ(source.nodes, nodes);
    const redis_login login{"rider", secret("hush"), true, files.path("ca.pem")};
    EXPECT_EQ(source.server, login);
    EXPECT_EQ(source.sentinel_username, "sentry");
    EXPECT_EQ(source.sentinel_password, secret("hushed"));
    EXPECT_EQ(source.database, 3U);
    EXPECT_FALSE(read.redis.url);
    EXPECT_FALSE(read.redis.cluster);
    EXPECT_EQ(read.redis.partitions, 16U);
    EXPECT_EQ(read.redis.level, durability::everysec);
}

TEST(ConfigRedisSource, ReadsACluster) {
    const folder files;
    const auto read = files.load_good("redis: {cluster: {nodes: [\"redis-1:6379\"], password: hush}}");
    ASSERT_TRUE(read.redis.cluster);
    EXPECT_EQ(read.redis.partitions, 64U);
    EXPECT_EQ(read.redis.cluster->nodes, (std::vector<node_address>{{"redis-1", 6379}}));
    EXPECT_EQ(read.redis.cluster->server, (redis_login{"", secret("hush"), false, ""}));
    EXPECT_FALSE(read.redis.sentinel);
}

TEST(ConfigRedisSource, NeedsWhatItCannotDoWithout) {
    const folder files;
    EXPECT_EQ(
        files.faults_of("redis:\n  sentinel: {}\n"),
        (lines{"2:13: \"sentinel\" lacks the key \"master\"", "2:13: \"sentinel\" lacks the key \"nodes\""}));
    EXPECT_EQ(files.faults_of("redis:\n  cluster:\n"), (lines{"2:3: \"cluster\" lacks the key \"nodes\""}));
    EXPECT_EQ(files.faults_of("redis: {cluster: {nodes: []}}"),
              (lines{"1:26: \"nodes\" is empty; allowed are 1 to 32 nodes"}));
    std::string many;
    for (int count = 0; count < 33; ++count)
        many += (count == 0 ? "a:1" : ", a:1");
    EXPECT_EQ(files.faults_of("redis: {cluster: {nodes: [" + many + "]}}").size(), 1U);
}

TEST(ConfigRedisSource, IsOneOfThree) {
    const folder files;
    EXPECT_EQ(
        files.faults_of("redis:\n  url: redis://h\n  sentinel: {master: m, nodes: [\"h:1\"]}\n"
                        "  cluster: {nodes: [\"h:1\"]}\n"),
        (lines{"3:13: \"sentinel\" stands beside \"url\"; allowed is one of url, sentinel and cluster",
               "4:12: \"cluster\" stands beside \"url\"; allowed is one of url, sentinel and cluster"}));
}

TEST(ConfigRedisSource, RefusesNodesThatAreNone) {
    const folder files;
    for (const char* node : {"h", "h:0", "h:65536", "h:x", ":1", "10.0.0:1", "10.0.0.256:1", "1:1",
                             "2001:db8::1:1", "h/:1", "u@h:1", "redis://h:1", "h :1"}) {
        const auto faults = files.faults_of("redis: {cluster: {nodes: [\"" + std::string(node) + "\"]}}");
        ASSERT_EQ(faults.size(), 1U) << node;
        EXPECT_NE(faults.front().find("an item of \"nodes\" is"), std::string::npos) << faults.front();
        EXPECT_NE(faults.front().find("allowed is a host and its port"), std::string::npos) << faults.front();
    }
    for (const char* node : {"redis-1:6379", "a.b-1:1", "1a:65535", "x.1a:1"})
        (void)files.load_good("redis: {cluster: {nodes: [\"" + std::string(node) + "\"]}}");
}

TEST(ConfigRedisSource, RefusesHalvesAndRanges) {
    const folder files;
    const std::string begin = "redis:\n  sentinel:\n    master: m\n    nodes: [\"h:1\"]\n    ";
    const auto fault = [&](const std::string& line) { return files.faults_of(begin + line); };
    EXPECT_EQ(fault("username: u"), (lines{"5:15: \"username\" stands without \"password\""}));
    EXPECT_EQ(fault("sentinel_username: u"),
              (lines{"5:24: \"sentinel_username\" stands without \"sentinel_password\""}));
    EXPECT_EQ(fault("password: \"\""), (lines{"5:15: \"password\" is empty"}));
    EXPECT_EQ(
        fault("database: 2147483648"),
        (lines{"5:15: \"database\" is \"2147483648\"; allowed is a whole number from 0 to 2147483647"}));
    EXPECT_EQ(fault("tls: maybe"), (lines{"5:10: \"tls\" is \"maybe\"; allowed is true or false"}));
    EXPECT_EQ(fault("database: 0\n    master2: x").size(), 1U) << "unknown";
    EXPECT_EQ(files.faults_of("redis: {sentinel: {master: \"a b\", nodes: [\"h:1\"]}}"),
              (lines{"1:28: \"master\" is \"a b\"; allowed is 1 to 256 visible ASCII characters"}));
    EXPECT_EQ(files.faults_of("redis: {cluster: {nodes: [\"h:1\"], database: 1}}").size(), 1U)
        << "a Cluster has one database";
    files.write("ca.pem", make_pem_pair().certificate);
    EXPECT_EQ(fault("ca_file: ca.pem"), (lines{"5:14: \"ca_file\" stands without \"tls: true\""}));
    const auto missing = fault("tls: true\n    ca_file: nowhere.pem");
    ASSERT_EQ(missing.size(), 1U);
    EXPECT_NE(missing.front().find("nowhere.pem"), std::string::npos) << missing.front();
}

TEST(ConfigRedisSource, NeverShowsAPassword) {
    folder files;
    files.variables["P"] = "hush";
    for (const auto& fault : files.faults_of("redis: {url: \"redis://:${P}@h\", cluster: {nodes: [\"${P}\"], "
                                             "username: \"x y\", password: \"${P}\"}}"))
        EXPECT_EQ(fault.find("hush"), std::string::npos) << fault;
}

}  // namespace
}  // namespace postrider::config
