#include "redis/reply_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace postrider::redis {
namespace {

using type = reply_view::type;

reply read_one(std::string_view bytes) {
    reply_reader reader(1024 * 1024);
    std::vector<reply> replies;
    EXPECT_TRUE(reader.feed(bytes, replies));
    EXPECT_EQ(replies.size(), 1U);
    return replies.empty() ? reply() : std::move(replies.front());
}

TEST(reply, shows_each_kind) {
    EXPECT_EQ(read_one("+OK\r\n").kind(), type::status);
    EXPECT_EQ(read_one("+OK\r\n").text(), "OK");
    EXPECT_EQ(read_one("-NOSCRIPT No matching script\r\n").kind(), type::error);
    EXPECT_TRUE(read_one("-ERR no\r\n").is_error());
    EXPECT_EQ(read_one("-ERR no\r\n").text(), "ERR no");
    EXPECT_EQ(read_one(":-42\r\n").kind(), type::integer);
    EXPECT_EQ(read_one(":-42\r\n").integer(), -42);
    EXPECT_TRUE(read_one("$-1\r\n").is_nil());
    EXPECT_TRUE(read_one("*-1\r\n").is_nil());
    EXPECT_EQ(read_one("$0\r\n\r\n").kind(), type::text);
    EXPECT_EQ(read_one("$0\r\n\r\n").text(), "");
    EXPECT_EQ(read_one("*0\r\n").kind(), type::array);
    EXPECT_EQ(read_one("*0\r\n").size(), 0U);
}

TEST(reply, keeps_every_byte_of_a_text) {
    EXPECT_EQ(read_one(std::string_view("$5\r\na\0\r\nb\r\n", 11)).text(), std::string_view("a\0\r\nb", 5));
}

TEST(reply, reads_integers_in_texts_and_nothing_else) {
    EXPECT_EQ(read_one("$2\r\n17\r\n").integer(), 17);
    EXPECT_EQ(read_one("$20\r\n-9223372036854775808\r\n").integer(),
              std::numeric_limits<std::int64_t>::min());
    EXPECT_FALSE(read_one("$19\r\n9223372036854775808\r\n").integer());
    EXPECT_FALSE(read_one("$3\r\n17x\r\n").integer());
    EXPECT_FALSE(read_one("$3\r\n 17\r\n").integer());
    EXPECT_FALSE(read_one("$0\r\n\r\n").integer());
    EXPECT_FALSE(read_one("+17\r\n").integer());
    EXPECT_FALSE(read_one("$-1\r\n").integer());
}

TEST(reply, nests_with_errors_inside) {
    const reply got = read_one("*3\r\n:1\r\n*2\r\n-ERR inside\r\n$-1\r\n$1\r\nx\r\n");
    ASSERT_EQ(got.size(), 3U);
    EXPECT_FALSE(got.is_error());
    ASSERT_EQ(got[1].size(), 2U);
    EXPECT_TRUE(got[1][0].is_error());
    EXPECT_EQ(got[1][0].text(), "ERR inside");
    EXPECT_TRUE(got[1][1].is_nil());
    EXPECT_EQ(got[2].text(), "x");
}

TEST(reply, is_nil_past_the_end_of_an_array_and_in_what_has_no_elements) {
    const reply got = read_one("*1\r\n:1\r\n");
    EXPECT_TRUE(got[1].is_nil());
    EXPECT_TRUE(got[0][0].is_nil());
    EXPECT_TRUE(got[1][5].is_nil());
    EXPECT_EQ(got[0].text(), "");
    EXPECT_EQ(got[0].size(), 0U);
}

TEST(reply, leaves_nil_behind_when_moved) {
    reply from = read_one("+OK\r\n");
    reply to = std::move(from);
    EXPECT_EQ(to.text(), "OK");
    EXPECT_TRUE(from.is_nil());  // NOLINT: the promise of the header
    from = std::move(to);
    EXPECT_EQ(from.text(), "OK");
    EXPECT_TRUE(to.is_nil());  // NOLINT
    EXPECT_TRUE(reply().is_nil());
}

TEST(reply_reader, refuses_what_is_not_resp2_for_good) {
    for (const std::string_view bytes : {"hello\r\n", "%1\r\n+a\r\n+b\r\n", "_\r\n", "#t\r\n", ",1.5\r\n",
                                         "$-2\r\n", "*-2\r\n", ":12a\r\n", "HTTP/1.1 400 Bad Request\r\n"}) {
        reply_reader reader(1024);
        std::vector<reply> replies;
        const auto fed = reader.feed(bytes, replies);
        EXPECT_FALSE(fed) << bytes;
        EXPECT_TRUE(replies.empty()) << bytes;
        EXPECT_FALSE(reader.feed("+OK\r\n", replies)) << bytes;
        EXPECT_TRUE(replies.empty()) << bytes;
    }
}

TEST(reply_reader, gives_the_replies_before_a_fault) {
    reply_reader reader(1024);
    std::vector<reply> replies;
    EXPECT_FALSE(reader.feed("+one\r\n:2\r\n?\r\n", replies));
    ASSERT_EQ(replies.size(), 2U);
    EXPECT_EQ(replies[0].text(), "one");
    EXPECT_EQ(replies[1].integer(), 2);
}

TEST(reply_reader, gives_nil_for_queued_wherever_the_bytes_are_cut) {
    constexpr std::string_view bytes = "+QUEUED\r\n+QUEUED\r\n+QUEUE\r\n+QUEUED!\r\n*1\r\n+QUEUED\r\n+OK\r\n";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        reply_reader reader(1024);
        std::vector<reply> replies;
        EXPECT_TRUE(reader.feed(bytes.substr(0, cut), replies));
        EXPECT_TRUE(reader.feed(bytes.substr(cut), replies));
        ASSERT_EQ(replies.size(), 6U) << cut;
        EXPECT_TRUE(replies[0].is_nil() && replies[1].is_nil()) << cut;
        EXPECT_EQ(replies[2].text(), "QUEUE") << cut;
        EXPECT_EQ(replies[3].text(), "QUEUED!") << cut;
        EXPECT_EQ(replies[4][0].text(), "QUEUED") << cut;
        EXPECT_EQ(replies[5].text(), "OK") << cut;
    }
}

TEST(reply_reader, bounds_the_bytes_of_one_reply_and_not_of_many) {
    const std::string fits = "$100\r\n" + std::string(100, 'x') + "\r\n";
    std::string many;
    for (int n = 0; n < 1000; ++n)
        many += fits;
    reply_reader reader(fits.size());
    std::vector<reply> replies;
    EXPECT_TRUE(reader.feed(many, replies));
    EXPECT_EQ(replies.size(), 1000U);

    replies.clear();
    EXPECT_TRUE(reader.feed(fits.substr(0, 50), replies));
    EXPECT_TRUE(reader.feed(fits.substr(50), replies));
    EXPECT_EQ(replies.size(), 1U);
    EXPECT_FALSE(reader.feed("$200\r\n" + std::string(fits.size(), 'x'), replies));
}

TEST(reply_reader, bounds_an_array_that_never_ends_element_by_element) {
    reply_reader reader(1000);
    std::vector<reply> replies;
    EXPECT_TRUE(reader.feed("*200\r\n", replies));
    bool refused = false;
    for (int n = 0; n < 150 && !refused; ++n)
        refused = !reader.feed("$5\r\nxxxxx\r\n", replies);
    EXPECT_TRUE(refused);
    EXPECT_TRUE(replies.empty());
}

TEST(reply_reader, does_not_allocate_an_array_that_the_bytes_cannot_fill) {
    for (const std::string_view bytes : {"*2147483647\r\n", "*257\r\n", "*1\r\n*2147483647\r\n"}) {
        reply_reader reader(1024);
        std::vector<reply> replies;
        EXPECT_FALSE(reader.feed(bytes, replies)) << bytes;
    }
    reply_reader reader(1024);
    std::vector<reply> replies;
    EXPECT_TRUE(reader.feed("*256\r\n", replies));
}

TEST(reply_reader, bounds_the_depth) {
    const auto nested = [](int depth) {
        std::string bytes;
        for (int n = 0; n < depth; ++n)
            bytes += "*1\r\n";
        return bytes + ":1\r\n";
    };
    reply_reader shallow(1024);
    std::vector<reply> replies;
    EXPECT_TRUE(shallow.feed(nested(7), replies));
    EXPECT_EQ(replies.size(), 1U);
    reply_reader deep(100'000);
    EXPECT_FALSE(deep.feed(nested(20'000), replies));
}

TEST(reply, tells_the_reason_why_a_transaction_was_refused) {
    EXPECT_EQ(reason_of("OOM no room"), "OOM no room");
    EXPECT_EQ(reason_of("EXECABORT Transaction discarded because of: OOM no room"), "OOM no room");
    EXPECT_EQ(reason_of("EXECABORT Transaction discarded because of previous errors."),
              "EXECABORT Transaction discarded because of previous errors.");
}

}  // namespace
}  // namespace postrider::redis
