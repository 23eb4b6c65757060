#include <postrider/limit/connection_count.h>

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace postrider::limit {
namespace {

using enum connection_count::verdict;

ip_address peer(std::string_view text) {
    return *ip_address::parse(text);
}

TEST(ConnectionCount, OnePeerDoesNotTakeTheConnectionsOfAll) {
    connection_count count;
    const connection_count::limits limits{.all = 5, .of_peer = 2};
    EXPECT_EQ(count.admit(peer("192.0.2.1"), limits), admitted);
    EXPECT_EQ(count.admit(peer("192.0.2.1"), limits), admitted);
    EXPECT_EQ(count.admit(peer("192.0.2.1"), limits), too_many_of_peer);
    EXPECT_EQ(count.admit(peer("192.0.2.2"), limits), admitted);
    EXPECT_EQ(count.all(), 3U) << "a refused one is not counted";
    count.release(peer("192.0.2.1"));
    EXPECT_EQ(count.admit(peer("192.0.2.1"), limits), admitted);
}

TEST(ConnectionCount, AllOfThemTogetherAreBounded) {
    connection_count count;
    const connection_count::limits limits{.all = 3, .of_peer = 3};
    for (const auto* one : {"192.0.2.1", "192.0.2.2", "192.0.2.3"})
        EXPECT_EQ(count.admit(peer(one), limits), admitted);
    EXPECT_EQ(count.admit(peer("192.0.2.4"), limits), too_many);
    count.release(peer("192.0.2.2"));
    EXPECT_EQ(count.admit(peer("192.0.2.4"), limits), admitted);
}

TEST(ConnectionCount, AllAddressesOfOneIpv6NetworkAreOnePeer) {
    connection_count count;
    const connection_count::limits limits{.all = 100, .of_peer = 2};
    EXPECT_EQ(count.admit(peer("2001:db8:1:2::1"), limits), admitted);
    EXPECT_EQ(count.admit(peer("2001:db8:1:2:ffff::2"), limits), admitted);
    EXPECT_EQ(count.admit(peer("2001:db8:1:2::3"), limits), too_many_of_peer);
    EXPECT_EQ(count.admit(peer("2001:db8:1:3::1"), limits), admitted);
    count.release(peer("2001:db8:1:2:9999::9"));
    EXPECT_EQ(count.admit(peer("2001:db8:1:2::3"), limits), admitted);
}

TEST(ConnectionCount, ALimitThatWasLoweredDropsNobody) {
    connection_count count;
    for (int n = 0; n < 3; ++n)
        EXPECT_EQ(count.admit(peer("192.0.2.1"), {.all = 3, .of_peer = 3}), admitted);
    const connection_count::limits lower{.all = 2, .of_peer = 1};
    EXPECT_EQ(count.admit(peer("192.0.2.2"), lower), too_many);
    for (int n = 0; n < 3; ++n)
        count.release(peer("192.0.2.1"));
    EXPECT_EQ(count.all(), 0U);
    EXPECT_EQ(count.admit(peer("192.0.2.2"), lower), admitted);
}

TEST(ConnectionCount, ThreadsThatComeAndGoLeaveNothingBehind) {
    connection_count count;
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&count, from = ip_address{false, {10, 0, 0, std::uint8_t(thread % 2)}}] {
            for (int n = 0; n < 10000; ++n)
                if (count.admit(from, {.all = 3, .of_peer = 2}) == admitted) count.release(from);
        });
    }
    threads.clear();
    EXPECT_EQ(count.all(), 0U);
}

}  // namespace
}  // namespace postrider::limit
