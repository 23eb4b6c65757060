#include "store_story.h"

namespace postrider::queue {
namespace {

class store_check : public queue_story {
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
    expected<void, std::string> check(const keys& keys) {
        expected<void, std::string> result;
        const auto ask = [this, &keys, &result]() -> boost::asio::awaitable<void> {
            result = co_await check_store(*client_, keys);
        };
        run(ask());
        return result;
    }
    std::string fault(const std::string& level, bool unverified_ok = false) {
        std::string text;
        const auto ask = [this, &text, &level, unverified_ok]() -> boost::asio::awaitable<void> {
            text = co_await durability_fault(*client_, level, unverified_ok);
        };
        run(ask());
        return text;
    }
    void set(const std::string& setting, const std::string& value) {
        EXPECT_EQ(look().text("CONFIG", "SET", setting, value), "OK");
    }

    std::unique_ptr<redis::client> client_;
};

TEST_F(store_check, makes_a_new_store_and_knows_it_again) {
    EXPECT_TRUE(check(names_));
    EXPECT_TRUE(check(names_));
    EXPECT_EQ(look().text("GET", names_.store()), "postrider store, format 1, partitions 4");
}

TEST_F(store_check, another_number_of_partitions_is_a_clear_error) {
    EXPECT_TRUE(check(names_));
    const auto result = check(keys("test", 64));
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().find("partitions 4"), std::string::npos);
    EXPECT_NE(result.error().find("partitions 64"), std::string::npos);
    EXPECT_NE(result.error().find("redis.partitions"), std::string::npos);
    EXPECT_TRUE(check(keys("other", 64))) << "another prefix is another store";
}

TEST_F(store_check, a_key_of_the_wrong_kind_is_an_error) {
    look()("LPUSH", names_.store(), "x");
    ASSERT_FALSE(check(names_));
}

TEST_F(store_check, memory_needs_that_nothing_is_evicted) {
    EXPECT_EQ(fault("memory"), "");
    set("maxmemory-policy", "allkeys-lru");
    EXPECT_EQ(fault("memory"),
              "Redis has maxmemory-policy allkeys-lru, and must have noeviction for durability memory");
}

TEST_F(store_check, the_disk_is_needed_for_the_rest) {
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

TEST_F(store_check, what_cannot_be_read_counts_as_not_given) {
    redis_link outside = look();
    outside("ACL", "SETUSER", "default", "-config");
    EXPECT_NE(fault("fsync").find("cannot be read"), std::string::npos);
    EXPECT_EQ(fault("fsync", true), "") << "unless the operator said so";
    outside("ACL", "SETUSER", "default", "+config");
}

}  // namespace
}  // namespace postrider::queue
