#include <boost/asio/io_context.hpp>
#include <delivery/connection_pool.h>
#include <gtest/gtest.h>

namespace postrider::delivery {
namespace {

const monotonic_time start{};
constexpr std::chrono::seconds second{1};

struct pool_test : testing::Test {
    boost::asio::io_context context;
    idle_connections first;
    idle_connections second_endpoint;
    connection_pool pool{context.get_executor(), {}, 3};

    pool_test() { first.most = second_endpoint.most = 2; }
};

TEST_F(pool_test, closes_what_is_not_given_back) {
    {
        const auto used = pool.add(first);
        EXPECT_TRUE(used);
        EXPECT_EQ(pool.size(), 1U);
    }
    EXPECT_EQ(pool.size(), 0U);
    EXPECT_FALSE(pool.take_newest(first));
}

TEST_F(pool_test, gives_the_one_that_was_used_last) {
    auto older = pool.add(first);
    auto newer = pool.add(first);
    const connection* const newest = &*newer;
    pool.give_back(std::move(older), start);
    pool.give_back(std::move(newer), start + second);
    EXPECT_EQ(pool.size(), 2U);
    EXPECT_EQ(&*pool.take_newest(first), newest);
    EXPECT_EQ(pool.size(), 1U);
}

TEST_F(pool_test, keeps_endpoints_apart) {
    pool.give_back(pool.add(first), start);
    EXPECT_FALSE(pool.take_newest(second_endpoint));
    EXPECT_TRUE(pool.take_newest(first));
}

TEST_F(pool_test, keeps_no_more_than_an_endpoint_may_use) {
    auto one = pool.add(first);
    auto two = pool.add(first);
    auto three = pool.add(first);
    pool.give_back(std::move(one), start);
    pool.give_back(std::move(two), start);
    pool.give_back(std::move(three), start);
    EXPECT_EQ(pool.size(), 2U);
}

TEST_F(pool_test, makes_room_by_closing_the_one_idle_for_longest) {
    auto one = pool.add(first);
    auto two = pool.add(second_endpoint);
    auto three = pool.add(second_endpoint);
    pool.give_back(std::move(two), start);
    pool.give_back(std::move(one), start + second);
    pool.give_back(std::move(three), start + 2 * second);
    EXPECT_TRUE(pool.add(first));
    EXPECT_EQ(pool.size(), 2U);
    EXPECT_EQ(second_endpoint.kept.size(), 1U);
    EXPECT_EQ(first.kept.size(), 1U);
}

TEST_F(pool_test, makes_room_for_others_and_leaves_alone_what_is_in_use) {
    auto older = pool.add(first);
    auto newer = pool.add(second_endpoint);
    const auto busy = pool.add(first);
    pool.give_back(std::move(older), start);
    pool.give_back(std::move(newer), start + second);
    pool.close_oldest(1);
    EXPECT_TRUE(first.kept.empty());
    EXPECT_EQ(second_endpoint.kept.size(), 1U);
    pool.close_oldest(64);
    EXPECT_EQ(pool.size(), 1U);
}

TEST_F(pool_test, only_what_is_in_use_has_a_buffer) {
    auto used = pool.add(first);
    const read_buffer* const buffer = used->buffer.get();
    ASSERT_NE(buffer, nullptr);
    pool.give_back(std::move(used), start);
    EXPECT_EQ(first.kept.front()->buffer, nullptr);
    EXPECT_EQ(pool.add(second_endpoint)->buffer.get(), buffer) << "the one that was used last";
    EXPECT_NE(pool.take_newest(first)->buffer, nullptr);
}

TEST_F(pool_test, has_a_bound_even_if_all_are_in_use) {
    const auto one = pool.add(first);
    const auto two = pool.add(first);
    const auto three = pool.add(second_endpoint);
    EXPECT_FALSE(pool.add(second_endpoint));
    EXPECT_EQ(pool.size(), 3U);
}

TEST_F(pool_test, closes_what_is_idle_for_too_long) {
    auto one = pool.add(first);
    auto two = pool.add(second_endpoint);
    pool.give_back(std::move(one), start);
    pool.give_back(std::move(two), start + 2 * second);
    pool.close_idle_since(start + second);
    EXPECT_EQ(pool.size(), 1U);
    EXPECT_FALSE(pool.take_newest(first));
    EXPECT_TRUE(pool.take_newest(second_endpoint));
}

TEST_F(pool_test, an_endpoint_that_is_given_up_keeps_none) {
    auto under_way = pool.add(first);
    pool.give_back(pool.add(first), start);
    pool.close_idle(first);
    first.most = 0;
    EXPECT_EQ(pool.size(), 1U);
    pool.give_back(std::move(under_way), start);
    EXPECT_EQ(pool.size(), 0U);
}

TEST_F(pool_test, closes_what_is_too_old_and_idle) {
    auto old = pool.add(first);
    auto young = pool.add(first);
    auto busy = pool.add(second_endpoint);
    old->opened = busy->opened = start;
    young->opened = start + second;
    const connection* const kept = &*young;
    pool.give_back(std::move(young), start + 2 * second);
    pool.give_back(std::move(old), start + 3 * second);
    pool.close_opened_before(start);
    EXPECT_EQ(pool.size(), 2U) << "one that is in use is left alone";
    EXPECT_EQ(&*pool.take_newest(first), kept);
    EXPECT_FALSE(pool.take_newest(first));
}

}  // namespace
}  // namespace postrider::delivery
