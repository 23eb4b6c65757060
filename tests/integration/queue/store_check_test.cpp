#include "store_story.h"

#include <postrider/queue/durability.h>
#include <postrider/queue/store_mark.h>

namespace postrider::queue {
namespace {

class store_checks : public queue_story {
 protected:
    void SetUp() override {
        queue_story::SetUp();
        client_ = connect(server());
        until([this] { return client_->connected(); });
    }
    void TearDown() override {
        disconnect(client_);
        redis_link outside = look();
        outside("CONFIG", "SET", "appendonly", "no", "appendfsync", "everysec", "no-appendfsync-on-rewrite",
                "no", "maxmemory-policy", "noeviction");
    }
    queue::store_check check(const keys& keys) {
        queue::store_check result;
        const auto ask = [this, &keys, &result]() -> boost::asio::awaitable<void> {
            result = co_await check_store(*client_, keys);
        };
        run(ask());
        return result;
    }
    durability_verdict judge(const std::string& level, bool unverified_ok = false) {
        durability_verdict verdict;
        durability_wish wish;
        wish.level = level;
        wish.unverified_ok = unverified_ok;
        const auto ask = [this, &verdict, &wish]() -> boost::asio::awaitable<void> {
            auto info = co_await read_server_info(*client_);
            auto found = co_await judge_durability(*client_, wish, std::move(info));
            verdict = found.value_or(durability_verdict());
        };
        run(ask());
        return verdict;
    }
    std::string fault(const std::string& level) { return judge(level).fault; }
    store_mark::finding move(store_mark& mark) {
        auto found = store_mark::finding::unread;
        const auto ask = [&mark, &found]() -> boost::asio::awaitable<void> { found = co_await mark.move(); };
        run(ask());
        return found;
    }
    std::unique_ptr<store_mark> new_mark() {
        return std::make_unique<store_mark>(*client_, names_.mark(0), random_, metrics_, system_time());
    }
    void set(const std::string& setting, const std::string& value) {
        EXPECT_EQ(look().text("CONFIG", "SET", setting, value), "OK");
    }

    std::unique_ptr<redis::client> client_;
    system_random random_;
};

TEST_F(store_checks, makes_a_new_store_and_knows_it_again) {
    EXPECT_EQ(check(names_).fault, "");
    EXPECT_EQ(check(names_).fault, "");
    EXPECT_EQ(look().text("GET", names_.store()), "postrider store, format 3, partitions 4");
}

TEST_F(store_checks, another_number_of_partitions_is_a_clear_error) {
    EXPECT_EQ(check(names_).fault, "");
    const auto result = check(keys("test", 64));
    EXPECT_TRUE(result.foreign);
    EXPECT_NE(result.fault.find("partitions 4"), std::string::npos);
    EXPECT_NE(result.fault.find("partitions 64"), std::string::npos);
    EXPECT_NE(result.fault.find("redis.partitions"), std::string::npos);
    EXPECT_EQ(check(keys("other", 64)).fault, "") << "another prefix is another store";
}

TEST_F(store_checks, a_key_of_the_wrong_kind_is_an_error) {
    look()("LPUSH", names_.store(), "x");
    EXPECT_TRUE(check(names_).foreign);
}

TEST_F(store_checks, a_server_that_takes_no_writes_is_a_fault_that_passes) {
    look()("REPLICAOF", "127.0.0.1", "1");
    const auto result = check(names_);
    EXPECT_NE(result.fault.find("READONLY"), std::string::npos) << result.fault;
    EXPECT_FALSE(result.foreign);
    look()("REPLICAOF", "NO", "ONE");
    EXPECT_EQ(check(names_).fault, "");
    look()("REPLICAOF", "127.0.0.1", "1");
    EXPECT_EQ(check(names_).fault, "") << "a store that is there needs no write";
    look()("REPLICAOF", "NO", "ONE");
}

TEST_F(store_checks, memory_needs_that_nothing_is_evicted) {
    EXPECT_EQ(fault("memory"), "");
    set("maxmemory-policy", "allkeys-lru");
    EXPECT_EQ(fault("memory"),
              "Redis has maxmemory-policy allkeys-lru, and must have noeviction for durability memory");
}

TEST_F(store_checks, the_disk_is_needed_for_the_rest) {
    EXPECT_EQ(fault("everysec"), "Redis has appendonly no, and must have yes for durability everysec");
    set("appendonly", "yes");
    EXPECT_EQ(fault("everysec"), "");
    EXPECT_EQ(fault("fsync"), "Redis has appendfsync everysec, and must have always for durability fsync");
    set("appendfsync", "always");
    EXPECT_EQ(fault("fsync"), "");
    EXPECT_EQ(fault("everysec"), "") << "more than was asked for";
    set("no-appendfsync-on-rewrite", "yes");
    EXPECT_NE(fault("fsync"), "");
    EXPECT_NE(fault("everysec"), "");
    set("no-appendfsync-on-rewrite", "no");
    set("appendfsync", "no");
    EXPECT_EQ(fault("everysec"),
              "Redis has appendfsync no, and must have everysec or always for durability everysec");
}

TEST_F(store_checks, what_cannot_be_read_counts_as_not_given) {
    redis_link outside = look();
    outside("ACL", "SETUSER", "default", "-config");
    EXPECT_NE(fault("fsync").find("cannot be read"), std::string::npos);
    const auto warned = judge("fsync", true);
    EXPECT_EQ(warned.fault, "") << "unless the operator said so";
    ASSERT_EQ(warned.warnings.size(), 1U);
    EXPECT_NE(warned.warnings[0].find("cannot be read"), std::string::npos);
    outside("ACL", "SETUSER", "default", "+config");
}

TEST_F(store_checks, a_user_without_transactions_is_told_and_has_no_connection) {
    redis_link outside = look();
    outside("ACL", "SETUSER", "default", "-multi");
    auto refused = connect(server());
    until([&] { return !refused->last_error().empty(); });
    EXPECT_FALSE(refused->connected());
    EXPECT_NE(refused->last_error().find("multi"), std::string::npos) << refused->last_error();
    outside("ACL", "SETUSER", "default", "+multi");
    disconnect(refused);
}

TEST_F(store_checks, replicated_needs_the_disk_and_replicas) {
    EXPECT_NE(fault("replicated").find("appendonly"), std::string::npos);
    set("appendonly", "yes");
    const auto lonely = judge("replicated");
    EXPECT_EQ(lonely.fault, "Redis has 0 replicas in step, and must have 1 for durability replicated");
    EXPECT_TRUE(lonely.passing);
    ASSERT_EQ(lonely.warnings.size(), 1U);
    EXPECT_NE(lonely.warnings[0].find("min-replicas-to-write 0"), std::string::npos);
    EXPECT_EQ(judge("replicated", true).warnings.size(), 2U);
}

TEST_F(store_checks, what_info_says_of_a_server) {
    const auto info = parse_server_info(
        "# Server\r\nrun_id:abc\r\n\r\n# "
        "Memory\r\nused_memory:10\r\nmaxmemory:20\r\naof_last_write_status:err\r\n"
        "role:master\r\nconnected_slaves:3\r\nslave0:ip=1.2.3.4,port=1,state=online,offset=1,lag=0\r\n"
        "slave1:ip=1.2.3.4,port=2,state=wait_bgsave,offset=0,lag=0\r\nslave_read_only:1\r\n"
        "slave2:ip=::1,port=3,state=online,offset=1,lag=0");
    EXPECT_EQ(info.run_id, "abc");
    EXPECT_EQ(info.role, "master");
    EXPECT_EQ(info.replicas, 2U);
    EXPECT_EQ(info.used_memory, 10U);
    EXPECT_EQ(info.max_memory, 20U);
    EXPECT_TRUE(info.disk_refuses);
    EXPECT_EQ(parse_server_info("").role, "");
}

using finding = store_mark::finding;

TEST_F(store_checks, a_store_that_goes_on_is_known_again) {
    const auto one = new_mark();
    const auto two = new_mark();
    for (int n = 0; n < 3; ++n) {
        EXPECT_EQ(move(*one), finding::steady);
        EXPECT_EQ(move(*two), finding::steady);
    }
    EXPECT_EQ(look().text("HGET", names_.mark(0), "number"), "6");
}

TEST_F(store_checks, a_wiped_store_is_told_once) {
    const auto mark = new_mark();
    move(*mark);
    look()("FLUSHALL");
    EXPECT_EQ(move(*mark), finding::wiped);
    EXPECT_EQ(move(*mark), finding::steady);
}

TEST_F(store_checks, a_store_that_went_back_is_told_to_each_daemon_that_lost_something) {
    const auto one = new_mark();
    const auto two = new_mark();
    move(*one);
    move(*two);
    const std::vector<std::string> before = look().texts("HGETALL", names_.mark(0));
    move(*one);
    redis::command restore("HSET", names_.mark(0));
    for (const auto& text : before)
        restore.add(text);
    look().call(std::move(restore));
    // Others move it past what was lost before this daemon looks.
    for (int n = 0; n < 3; ++n)
        EXPECT_EQ(move(*two), finding::steady);
    EXPECT_EQ(move(*one), finding::rewound);
    EXPECT_EQ(move(*one), finding::steady);
}

TEST_F(store_checks, a_daemon_that_the_mark_forgot_is_no_alarm_and_the_mark_stays_small) {
    const auto one = new_mark();
    move(*one);
    for (int n = 0; n < 100; ++n)
        EXPECT_EQ(move(*new_mark()), finding::steady);
    EXPECT_EQ(look().text("HLEN", names_.mark(0)), "66");
    EXPECT_EQ(move(*one), finding::steady);
}

TEST_F(store_checks, a_mark_that_cannot_be_read_says_nothing) {
    const auto mark = new_mark();
    move(*mark);
    look()("DEL", names_.mark(0));
    look()("SET", names_.mark(0), "x");
    EXPECT_EQ(move(*mark), finding::unread);
}

}  // namespace
}  // namespace postrider::queue
