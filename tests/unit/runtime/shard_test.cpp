#include <postrider/runtime/shard.h>

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace postrider::runtime {
namespace {

TEST(shard, runs_posted_work_in_order_on_its_one_named_thread) {
    shard one(3);
    EXPECT_EQ(one.index(), 3U);
    one.start();
    std::promise<std::string> name;
    std::thread::id first;
    bool same = false;
    one.post([&] { first = std::this_thread::get_id(); });
    one.post([&] {
        same = first == std::this_thread::get_id();
        std::array<char, 16> room{};
        pthread_getname_np(pthread_self(), room.data(), room.size());
        name.set_value(room.data());
    });
    EXPECT_EQ(name.get_future().get(), "shard-3");
    EXPECT_TRUE(same);
    EXPECT_NE(first, std::this_thread::get_id());
}

TEST(shard, work_posted_before_start_waits_for_it) {
    shard one(0);
    std::promise<void> ran;
    one.post([&] { ran.set_value(); });
    auto done = ran.get_future();
    EXPECT_EQ(done.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    one.start();
    done.get();
}

TEST(shard, stop_keeps_what_did_not_run_and_destroys_it_with_the_shard) {
    const auto witness = std::make_shared<int>(0);
    {
        shard one(0);
        one.start();
        std::promise<void> entered;
        std::promise<void> go_on;
        one.post([&] {
            entered.set_value();
            go_on.get_future().wait();
        });
        entered.get_future().wait();
        one.post([witness] { ++*witness; });
        one.stop();
        go_on.set_value();
        one.join();
        EXPECT_EQ(*witness, 0);
        EXPECT_EQ(witness.use_count(), 2);
    }
    EXPECT_EQ(witness.use_count(), 1);
}

TEST(shard, may_be_stopped_twice_before_start_and_without_it) {
    shard never(0);
    never.stop();
    never.join();
    shard stopped(1);
    stopped.stop();
    stopped.start();
    stopped.join();
    stopped.stop();
    stopped.join();
}

/// Many shards begin, talk to each other and end, while other threads post to them.
TEST(shard, survives_many_starts_and_stops_under_fire) {
    for (int round = 0; round < 50; ++round) {
        std::vector<std::unique_ptr<shard>> shards;
        for (std::size_t index = 0; index < 4; ++index)
            shards.push_back(std::make_unique<shard>(index));
        std::atomic<int> ran{0};
        std::vector<std::thread> outside;
        for (int thread = 0; thread < 2; ++thread) {
            outside.emplace_back([&] {
                for (std::size_t n = 0; n < 100; ++n) {
                    shard& next = *shards[(n + 1) % 4];
                    shards[n % 4]->post([&] { next.post([&] { ++ran; }); });
                }
            });
        }
        for (const auto& each : shards)
            each->start();
        for (const auto& each : shards) {
            each->stop();
            each->stop();
        }
        for (std::thread& each : outside)
            each.join();
        for (const auto& each : shards)
            each->join();
        EXPECT_LE(ran.load(), 200);
    }
}

}  // namespace
}  // namespace postrider::runtime
