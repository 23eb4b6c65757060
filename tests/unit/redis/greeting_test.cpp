#include "redis/greeting.h"

#include "redis/reply_reader.h"

#include <gtest/gtest.h>

namespace postrider::redis {
namespace {

std::string refusal_of(std::string_view answer, std::size_t command) {
    location where;
    where.username = "app";
    where.password = secret("p4ssword");
    const auto words = greeting_for_use(where, "postrider", true, {});
    reply_reader reader(1 << 20);
    std::vector<reply> replies;
    EXPECT_TRUE(reader.feed(answer, replies));
    return words.refusal(command, replies.at(0), false);
}

constexpr std::size_t auth = 0;
constexpr std::size_t role = 2;

TEST(greeting, tells_why_it_was_refused) {
    EXPECT_EQ(refusal_of("-WRONGPASS invalid pair\r\n", auth), "AUTH refused: WRONGPASS invalid pair");
    EXPECT_EQ(refusal_of("*1\r\n$5\r\nslave\r\n", role), "it is no master, but a slave");
    EXPECT_EQ(refusal_of("*1\r\n$6\r\nmaster\r\n", role), "");
}

/// Whatever stands at the address may repeat what it was sent, in whatever place of its answer.
TEST(greeting, shows_no_password_that_a_server_repeats) {
    for (const auto* answer : {"-ERR unknown command `AUTH`, with args beginning with: `app` `p4ssword`\r\n",
                               "-p4ssword\r\n", "-NOPERM.p4ssword is wrong\r\n", "-ERR p4ssword\r\n"})
        EXPECT_EQ(refusal_of(answer, auth).find("p4ss"), std::string::npos) << answer;
    EXPECT_EQ(refusal_of("*1\r\n$8\r\np4ssword\r\n", role).find("p4ss"), std::string::npos);
    // Redis cuts what it repeats.
    EXPECT_EQ(refusal_of("-ERR unknown command, with args beginning with: `p4ss\r\n", auth),
              "AUTH refused: ERR");
}

TEST(greeting, tells_only_the_beginning_of_a_long_answer) {
    EXPECT_LT(refusal_of("-" + std::string(10'000, 'x') + "\r\n", auth).size(), 300U);
    EXPECT_LT(refusal_of("*1\r\n$10000\r\n" + std::string(10'000, 'x') + "\r\n", role).size(), 300U);
}

}  // namespace
}  // namespace postrider::redis
