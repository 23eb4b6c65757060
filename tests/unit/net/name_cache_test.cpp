#include <gtest/gtest.h>
#include <net/name_cache.h>

namespace postrider::net {
namespace {

constexpr std::chrono::seconds second{1};
const monotonic_time start{};

std::vector<ip_address> one(const char* text) {
    return {*ip_address::parse(text)};
}

TEST(name_cache, keeps_an_answer_until_its_time_is_over) {
    name_cache cache(10);
    cache.store("a.example.com", one("192.0.2.1"), start + 5 * second);
    ASSERT_NE(cache.find("a.example.com", start + 4 * second), nullptr);
    EXPECT_EQ(**cache.find("a.example.com", start), one("192.0.2.1"));
    EXPECT_EQ(cache.find("a.example.com", start + 5 * second), nullptr);
    EXPECT_EQ(cache.size(), 0U) << "what is out of date goes when it is met";
}

TEST(name_cache, keeps_failures_too) {
    name_cache cache(10);
    cache.store("a.example.com",
                unexpected<resolve_error>(resolve_error(resolve_error::cause::name_servers, "no answer")),
                start + second);
    ASSERT_NE(cache.find("a.example.com", start), nullptr);
    EXPECT_EQ(cache.find("a.example.com", start)->error().detail, "no answer");
    EXPECT_EQ(cache.find("a.example.com", start)->error().what, resolve_error::cause::name_servers);
}

TEST(name_cache, a_new_answer_replaces_the_old) {
    name_cache cache(10);
    cache.store("a.example.com", one("192.0.2.1"), start + second);
    cache.store("a.example.com", one("192.0.2.2"), start + 2 * second);
    EXPECT_EQ(cache.size(), 1U);
    EXPECT_EQ(**cache.find("a.example.com", start + second), one("192.0.2.2"));
}

TEST(name_cache, past_its_bound_the_least_recently_used_goes) {
    name_cache cache(2);
    cache.store("a", one("192.0.2.1"), start + second);
    cache.store("b", one("192.0.2.2"), start + second);
    ASSERT_NE(cache.find("a", start), nullptr);
    cache.store("c", one("192.0.2.3"), start + second);
    EXPECT_EQ(cache.size(), 2U);
    EXPECT_NE(cache.find("a", start), nullptr);
    EXPECT_EQ(cache.find("b", start), nullptr);
}

TEST(name_cache, of_no_size_keeps_nothing) {
    name_cache cache(0);
    cache.store("a", one("192.0.2.1"), start + second);
    EXPECT_EQ(cache.find("a", start), nullptr);
}

}  // namespace
}  // namespace postrider::net
