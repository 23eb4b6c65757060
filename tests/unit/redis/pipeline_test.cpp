#include "redis/pipeline.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace postrider::redis {
namespace {

constexpr std::size_t max_bytes = 4096;
const monotonic_time start{std::chrono::seconds(1000)};

/// Writes down how the calls of a test ended: "1=OK", "2:unknown".
class diary {
 public:
    class entry final : public pending_call {
     public:
        entry(diary& book, int number) : book_(book), number_(number) {}
        void finish(call_result result) override {
            const std::string name = std::to_string(number_);
            if (result)
                book_.lines.push_back(name + "=" + std::string(result->text()));
            else
                book_.lines.push_back(name +
                                      (result.error() == call_error::not_sent ? ":not_sent" : ":unknown"));
        }

     private:
        diary& book_;
        int number_;
    };

    std::vector<std::string> lines;
    int calls = 0;

    void call(pipeline& line) {
        ++calls;
        line.enqueue(command("GET", std::to_string(calls)), std::make_unique<entry>(*this, calls));
    }
    void call_transaction(pipeline& line) {
        ++calls;
        command last("GET", std::to_string(calls));
        last.put_first("SET", "a", "b");
        line.enqueue(last, std::make_unique<entry>(*this, calls));
    }
    expected<void, std::string> feed(pipeline& line, std::string_view bytes, monotonic_time now = start) {
        std::vector<pipeline::completed_call> completed;
        auto fed = line.feed(bytes, now, completed);
        for (auto& [call, answer] : completed)
            call->finish(std::move(answer));
        return fed;
    }
    void fail_all(pipeline& line) {
        for (auto& [call, reason] : line.fail_all())
            call->finish(unexpected<call_error>(reason));
    }
};

std::string take(pipeline& line, monotonic_time now = start) {
    std::string bytes = "old";
    line.take_output(bytes, now);
    return bytes;
}

using lines = std::vector<std::string>;

TEST(pipeline, puts_all_calls_into_one_output_and_matches_replies_in_order) {
    pipeline line(max_bytes);
    diary book;
    EXPECT_FALSE(line.has_output());
    book.call(line);
    book.call(line);
    EXPECT_TRUE(line.has_output());
    EXPECT_EQ(line.calls_owed(), 0U);
    EXPECT_EQ(take(line), "*2\r\n$3\r\nGET\r\n$1\r\n1\r\n*2\r\n$3\r\nGET\r\n$1\r\n2\r\n");
    EXPECT_FALSE(line.has_output());
    EXPECT_EQ(line.calls_owed(), 2U);
    EXPECT_TRUE(book.feed(line, "+a\r\n"));
    book.call(line);
    EXPECT_EQ(line.calls_owed(), 1U);
    EXPECT_TRUE(book.feed(line, "-ERR b\r\n"));
    EXPECT_EQ(take(line), "*2\r\n$3\r\nGET\r\n$1\r\n3\r\n");
    EXPECT_TRUE(book.feed(line, "$1\r\nc\r\n"));
    EXPECT_EQ(book.lines, (lines{"1=a", "2=ERR b", "3=c"}));
}

TEST(pipeline, a_transaction_is_answered_by_its_last_command) {
    pipeline line(max_bytes);
    diary book;
    book.call_transaction(line);
    book.call(line);
    book.call_transaction(line);
    (void)take(line);
    EXPECT_EQ(line.calls_owed(), 3U);
    EXPECT_TRUE(book.feed(line, "+OK\r\n+QUEUED\r\n+QUEUED\r\n"));
    EXPECT_EQ(line.calls_owed(), 3U);
    EXPECT_TRUE(book.feed(line, "*2\r\n+OK\r\n$1\r\nx\r\n+between\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n"));
    EXPECT_TRUE(book.feed(line, "*2\r\n+OK\r\n-NOSCRIPT no such\r\n"));
    EXPECT_EQ(book.lines, (lines{"1=x", "2=between", "3=NOSCRIPT no such"}));
}

TEST(pipeline, a_transaction_that_was_refused_tells_the_first_reason) {
    pipeline line(max_bytes);
    diary book;
    for (int call = 0; call < 2; ++call)
        book.call_transaction(line);
    (void)take(line);
    EXPECT_TRUE(book.feed(line, "+OK\r\n-OOM no room\r\n-ERR another\r\n-EXECABORT because of errors\r\n"));
    EXPECT_TRUE(book.feed(line, "+OK\r\n+QUEUED\r\n+QUEUED\r\n-EXECABORT because of: OOM\r\n"));
    EXPECT_EQ(book.lines, (lines{"1=OOM no room", "2=EXECABORT because of: OOM"}));
}

TEST(pipeline, ends_where_a_transaction_cannot_begin) {
    pipeline line(max_bytes);
    diary book;
    book.call(line);
    book.call_transaction(line);
    (void)take(line);
    const auto fed = book.feed(line, "+a\r\n-NOPERM no multi\r\n+OK\r\n");
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error(), "MULTI was refused: NOPERM no multi");
    book.fail_all(line);
    EXPECT_EQ(book.lines, (lines{"1=a", "2:unknown"})) << "both may have been executed, each alone";
}

TEST(pipeline, a_transaction_that_is_cut_off_has_an_unknown_outcome) {
    pipeline line(max_bytes);
    diary book;
    book.call_transaction(line);
    (void)take(line);
    EXPECT_TRUE(book.feed(line, "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n"));
    book.call_transaction(line);
    book.fail_all(line);
    EXPECT_EQ(book.lines, (lines{"1:unknown", "2:not_sent"}));
}

TEST(pipeline, takes_replies_in_pieces_cut_at_every_byte) {
    const std::string bytes = "+a\r\n*2\r\n-ERR in\r\n:1\r\n$2\r\n\r\n\r\n$-1\r\n:7\r\n";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        pipeline line(max_bytes);
        diary book;
        for (int n = 0; n < 5; ++n)
            book.call(line);
        (void)take(line);
        for (const std::string& piece : {bytes.substr(0, cut), bytes.substr(cut)})
            EXPECT_TRUE(book.feed(line, piece));
        EXPECT_EQ(book.lines, (lines{"1=a", "2=", "3=\r\n", "4=", "5="})) << cut;
        EXPECT_EQ(line.calls_owed(), 0U);
    }
}

RC_GTEST_PROP(pipeline, any_cutting_gives_the_same, (const std::vector<std::string>& texts)) {
    pipeline line(1024 * 1024);
    diary book;
    std::string bytes;
    lines wanted;
    for (const std::string& text : texts) {
        book.call(line);
        bytes += "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
        wanted.push_back(std::to_string(book.calls) + "=" + text);
    }
    (void)take(line);
    while (!bytes.empty()) {
        const auto length = *rc::gen::inRange<std::size_t>(1, bytes.size() + 1);
        RC_ASSERT(book.feed(line, bytes.substr(0, length)).has_value());
        bytes.erase(0, length);
    }
    RC_ASSERT(book.lines == wanted);
}

TEST(pipeline, ends_on_a_protocol_error_after_the_replies_before_it) {
    pipeline line(max_bytes);
    diary book;
    for (int n = 0; n < 3; ++n)
        book.call(line);
    (void)take(line);
    const auto fed = book.feed(line, "+a\r\nHTTP/1.1 400 Bad Request\r\n");
    ASSERT_FALSE(fed);
    EXPECT_NE(fed.error().find("not a valid reply"), std::string::npos) << fed.error();
    book.fail_all(line);
    EXPECT_EQ(book.lines, (lines{"1=a", "2:unknown", "3:unknown"}));
}

TEST(pipeline, ends_on_a_reply_that_is_too_long) {
    pipeline line(max_bytes);
    diary book;
    book.call(line);
    (void)take(line);
    EXPECT_TRUE(book.feed(line, "$1000000\r\n"));
    EXPECT_TRUE(book.feed(line, std::string(4000, 'x')));
    const auto fed = book.feed(line, std::string(100, 'x'));
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error(), "a reply is longer than 4096 bytes");
    EXPECT_TRUE(book.lines.empty());
}

TEST(pipeline, ends_on_a_reply_that_nothing_asked_for) {
    pipeline fresh(max_bytes);
    diary book;
    EXPECT_FALSE(book.feed(fresh, "+hello\r\n"));

    pipeline done(max_bytes);
    book.call(done);
    (void)take(done);
    EXPECT_FALSE(book.feed(done, "+a\r\n+b\r\n"));
    EXPECT_EQ(book.lines, (lines{"1=a"}));
}

TEST(pipeline, does_not_take_a_reply_for_a_call_that_was_not_written_yet) {
    pipeline line(max_bytes);
    diary book;
    book.call(line);
    EXPECT_FALSE(book.feed(line, "+a\r\n"));
    book.fail_all(line);
    EXPECT_EQ(book.lines, (lines{"1:not_sent"}));
}

TEST(pipeline, fails_what_was_written_as_unknown_and_the_rest_as_not_sent) {
    pipeline line(max_bytes);
    diary book;
    for (int n = 0; n < 3; ++n)
        book.call(line);
    (void)take(line);
    EXPECT_TRUE(book.feed(line, "+a\r\n+half"));
    book.call(line);
    book.fail_all(line);
    EXPECT_EQ(book.lines, (lines{"1=a", "2:unknown", "3:unknown", "4:not_sent"}));
    EXPECT_EQ(line.calls_owed(), 0U);
    EXPECT_FALSE(line.has_output());
    EXPECT_TRUE(line.fail_all().empty());
}

TEST(pipeline, counts_silence_only_while_a_reply_is_owed_and_from_the_last_byte) {
    using std::chrono::milliseconds;
    pipeline line(max_bytes);
    diary book;
    EXPECT_EQ(line.silent_for(start + milliseconds(500)), milliseconds(0));
    book.call(line);
    EXPECT_EQ(line.silent_for(start + milliseconds(500)), milliseconds(0));
    (void)take(line, start + milliseconds(500));
    EXPECT_EQ(line.silent_for(start + milliseconds(500)), milliseconds(0));
    EXPECT_EQ(line.silent_for(start + milliseconds(700)), milliseconds(200));
    book.call(line);
    (void)take(line, start + milliseconds(800));
    EXPECT_EQ(line.silent_for(start + milliseconds(900)), milliseconds(400)) << "writing more is no answer";
    EXPECT_TRUE(book.feed(line, "+", start + milliseconds(1000)));
    EXPECT_EQ(line.silent_for(start + milliseconds(1001)), milliseconds(1));
    EXPECT_EQ(line.silent_for(start), milliseconds(0));
    EXPECT_TRUE(book.feed(line, "a\r\n+b\r\n", start + milliseconds(1100)));
    EXPECT_EQ(line.silent_for(start + milliseconds(9000)), milliseconds(0));
}

TEST(pipeline, has_bounds) {
    pipeline line(max_bytes);
    const command big("SET", "k", std::string(pipeline::max_unwritten_bytes / 2, 'x'));
    EXPECT_TRUE(line.has_room_for(big));
    diary book;
    line.enqueue(big, std::make_unique<diary::entry>(book, 1));
    EXPECT_FALSE(line.has_room_for(big));
    EXPECT_TRUE(line.has_room_for(command("PING")));
    (void)take(line);
    EXPECT_TRUE(line.has_room_for(big));
    EXPECT_FALSE(line.has_room_for(command("SET", "k", std::string(pipeline::max_unwritten_bytes, 'x'))));

    pipeline crowded(max_bytes);
    for (std::size_t n = 0; n < pipeline::max_calls; ++n) {
        ASSERT_TRUE(crowded.has_room_for(command("PING")));
        crowded.enqueue(command("PING"), std::make_unique<diary::entry>(book, 1));
    }
    EXPECT_FALSE(crowded.has_room_for(command("PING")));
}

TEST(pipeline, messages_of_channels_come_between_the_replies_and_belong_to_no_call) {
    const std::string message = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n";
    pipeline line(max_bytes);
    diary book;
    std::vector<std::string> heard;
    line.on_message([&](std::string_view payload) { heard.emplace_back(payload); });
    EXPECT_TRUE(book.feed(line, message));
    book.call(line);
    (void)take(line);
    EXPECT_TRUE(book.feed(line, message + "+a\r\n" + message));
    EXPECT_EQ(book.lines, lines{"1=a"});
    EXPECT_EQ(heard, (std::vector<std::string>{"hi", "hi", "hi"}));
    EXPECT_FALSE(book.feed(line, "+b\r\n")) << "what is no message is still a fault";
}

}  // namespace
}  // namespace postrider::redis
