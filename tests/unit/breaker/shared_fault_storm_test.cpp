#include <postrider/breaker/shared_fault_storm.h>

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace postrider::breaker {
namespace {

using namespace std::chrono_literals;

constexpr monotonic_time start{1h};

/// Each thread is a shard with a few endpoints of its own.
void note_on_threads(shared_fault_storm& storm, std::size_t shards, std::size_t endpoints_each) {
    std::vector<std::jthread> threads;
    for (std::size_t shard = 0; shard < shards; ++shard) {
        threads.emplace_back([&storm, shard, endpoints_each] {
            for (std::size_t one = 0; one < endpoints_each; ++one)
                storm.note_unreachable("acme.e" + std::to_string(shard * endpoints_each + one), start);
        });
    }
}

TEST(SharedFaultStorm, CountsTheEndpointsOfAllShardsTogether) {
    shared_fault_storm storm;
    note_on_threads(storm, 4, 4);
    EXPECT_FALSE(storm.is_on(start)) << "16 are no storm";
    note_on_threads(storm, 8, 4);
    EXPECT_TRUE(storm.is_on(start));
}

TEST(SharedFaultStorm, EndsWithTheAnswerThatAnyShardGot) {
    shared_fault_storm storm;
    note_on_threads(storm, 8, 4);
    storm.note_answer(start);
    EXPECT_FALSE(storm.is_on(start));
}

TEST(SharedFaultStorm, AnswersThatWereNotNotedDelayItAllTheSame) {
    shared_fault_storm storm;
    storm.note_answer(start);
    storm.note_answer(start + 99ms);
    for (int number = 0; number < 50; ++number)
        storm.note_unreachable("acme.e" + std::to_string(number), start + 9s);
    EXPECT_FALSE(storm.is_on(start + 10s + 98ms));
    EXPECT_TRUE(storm.is_on(start + 10s + 100ms));
}

TEST(SharedFaultStorm, OneOfAllSaysThatItBegan) {
    shared_fault_storm storm;
    EXPECT_FALSE(storm.began(false));
    EXPECT_TRUE(storm.began(true));
    EXPECT_FALSE(storm.began(true));
    EXPECT_FALSE(storm.began(false));
    EXPECT_TRUE(storm.began(true));
}

}  // namespace
}  // namespace postrider::breaker
