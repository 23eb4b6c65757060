#include "server_story.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <string>
#include <thread>

namespace postrider::http {
namespace {

TEST_F(server_test, answers_one_request_after_the_other_on_one_connection) {
    auto client = connect();
    for (int n = 0; n < 3; ++n) {
        client.send(post("/a", "hello"));
        const auto answer = client.read_until("</a:hello>");
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nDate: ")) << answer;
        EXPECT_TRUE(contains(answer, "Content-Length: 10\r\n")) << answer;
        EXPECT_FALSE(contains(answer, "Connection:")) << answer;
    }
}

TEST_F(server_test, answers_pipelined_requests_in_order) {
    auto client = connect();
    std::string bytes;
    for (int n = 0; n < 100; ++n)
        bytes += n % 7 == 0 ? std::string("GET /refused HTTP/1.1\r\nHost: a\r\n\r\n")
                            : post("/" + std::to_string(n), "x");
    client.send(bytes);
    for (int n = 0; n < 100; ++n) {
        const auto expected = n % 7 == 0 ? std::string("\"refused\"}") : "</" + std::to_string(n) + ":x>";
        const auto answer = client.read_until(expected);
        EXPECT_TRUE(answer.ends_with(expected)) << answer;
        EXPECT_EQ(
            std::count(answer.begin(), answer.end(), '<') + std::count(answer.begin(), answer.end(), '{'), 1);
    }
}

TEST_F(server_test, an_answer_does_not_wait_for_the_next_requests_handler) {
    auto client = connect();
    client.send(post("/a", "") + post("/wait", ""));
    EXPECT_TRUE(client.read_until("</a:>").ends_with("</a:>"));
    release();
    EXPECT_TRUE(client.read_until("</wait:>").ends_with("</wait:>"));
}

TEST_F(server_test, takes_large_bodies_and_gives_large_answers) {
    const std::string body(100000, 'b');
    auto client = connect();
    client.send(post("/a", body));
    EXPECT_TRUE(client.read_until("bbb>").ends_with("bbb>"));
    client.send(post("/large", "", "Connection: close\r\n"));
    EXPECT_GT(client.read_to_end().size(), 8U << 20);
}

TEST_F(server_test, takes_chunked_bodies) {
    auto client = connect();
    client.send("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    client.send("3\r\ntwo\r\n0\r\n\r\n");
    EXPECT_TRUE(client.read_until("</a:onetwo>").ends_with("</a:onetwo>"));
}

TEST_F(server_test, closes_when_asked_to_and_after_http_1_0) {
    auto asked = connect();
    asked.send(post("/a", "x", "Connection: close\r\n"));
    EXPECT_TRUE(contains(asked.read_to_end(), "Connection: close\r\n\r\n</a:x>"));
    auto old = connect();
    old.send("GET /a HTTP/1.0\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(contains(old.read_to_end(), "Connection: close\r\n\r\n</a:>"));
}

TEST_F(server_test, answers_head_without_a_body) {
    auto client = connect();
    client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + post("/b", "x"));
    const auto answers = client.read_until("</b:x>");
    EXPECT_TRUE(contains(answers, "Content-Length: 5\r\n\r\nHTTP/1.1 200")) << answers;
    EXPECT_FALSE(contains(answers, "</a:>"));
}

TEST_F(server_test, asks_for_the_body_only_when_it_will_be_read) {
    auto client = connect();
    const std::string head = " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    client.send("POST /a" + head);
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    EXPECT_TRUE(client.read_until("</a:hello>").starts_with("HTTP/1.1 200"));
    client.send("POST /refused" + head);
    const auto refused = client.read_to_end();
    EXPECT_TRUE(refused.starts_with("HTTP/1.1 404")) << refused;
    EXPECT_FALSE(contains(refused, "100 Continue"));
    EXPECT_EQ(handler_->handled, 1);
}

TEST_F(server_test, does_not_say_continue_when_the_body_came_with_the_header) {
    auto client = connect();
    client.send(post("/a", "hello", "Expect: 100-continue\r\n"));
    EXPECT_TRUE(client.read_until("</a:hello>").starts_with("HTTP/1.1 200"));
    client.send(post("/a", "hello", "Expect: something-else\r\n"));
    EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 417"));
}

TEST_F(server_test, refusals_close_only_when_a_body_was_announced) {
    auto client = connect();
    client.send("GET /refused HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_FALSE(contains(client.read_until("}"), "Connection: close"));
    client.send(post("/refused", "hello"));
    EXPECT_TRUE(contains(client.read_to_end(), "Connection: close"));
}

TEST_F(server_test, a_client_that_is_still_sending_gets_its_413_and_no_reset) {
    auto client = connect();
    client.send(post("/a", std::string(2 << 20, 'a')));
    const auto answer = client.read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413")) << answer;
    EXPECT_TRUE(contains(answer, "\"code\":\"body_too_large\""));
    EXPECT_FALSE(client.was_reset()) << "a reset may overtake the answer";
}

TEST_F(server_test, chunks_over_the_limit_are_413) {
    auto client = connect();
    client.send("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int n = 0; n < 20; ++n)
        client.send("2000\r\n" + std::string(8192, 'a') + "\r\n");
    EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 413"));
}

TEST_F(server_test, faults_of_framing_are_answered_and_end_the_connection) {
    for (const std::string_view bytes :
         {"\x16\x03\x01 TLS", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
          "chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"}) {
        auto client = connect();
        client.send(bytes);
        client.half_close();
        const auto answer = client.read_to_end();
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
        EXPECT_TRUE(contains(answer, "Connection: close\r\n"));
    }
    EXPECT_EQ(handler_->handled, 0);
}

TEST_F(server_test, too_long_lines_and_headers) {
    auto line = connect();
    line.send("GET /" + std::string(9000, 'a'));
    EXPECT_TRUE(line.read_until("}").starts_with("HTTP/1.1 414"));
    auto head = connect();
    head.send("GET / HTTP/1.1\r\nX: " + std::string(17000, 'a'));
    EXPECT_TRUE(head.read_until("}").starts_with("HTTP/1.1 431"));
}

TEST_F(server_test, a_client_that_half_closes_gets_its_answers) {
    auto client = connect();
    client.send(post("/a", "x") + post("/b", "y"));
    client.half_close();
    EXPECT_TRUE(client.read_to_end().ends_with("</b:y>"));
}

TEST_F(server_test, clients_that_vanish_leave_nothing_behind) {
    auto before = connect();
    before.reset();
    auto in_head = connect();
    in_head.send("POST /a HT");
    in_head.reset();
    auto in_body = connect();
    in_body.send(post("/a", "hello").substr(0, 60));
    in_body.half_close();
    EXPECT_EQ(in_body.read_to_end(), "");
    auto at_work = connect();
    at_work.send(post("/wait", ""));
    handler_->waiting.get_future().get();
    at_work.reset();
    release();
    auto large = connect();
    large.send(post("/large", ""));
    EXPECT_FALSE(large.read_until("HTTP/1.1 200").empty());
    large.reset();
    // TearDown waits for every session to end, and would fail after its patience.
}

class impatient_server_test : public server_test {
 protected:
    server_limits limits() override {
        server_limits short_ones;
        short_ones.header_timeout = short_ones.body_timeout = short_ones.idle_timeout = milliseconds(60);
        return short_ones;
    }
};

TEST_F(impatient_server_test, a_slow_header_is_408) {
    auto client = connect("POST /a HT");
    const auto answer = client.read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n")) << answer;
    EXPECT_TRUE(contains(answer, "Connection: close"));
}

TEST_F(impatient_server_test, dripping_does_not_extend_the_deadline) {
    auto client = connect("GET / HTTP/1.1\r\nX: ");
    // Bounded by the head's limit as well; a deadline that each byte extended would end in a 431, or never.
    const std::jthread drip([&](const std::stop_token& ended) {
        while (!ended.stop_requested()) {
            client.send("a");
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    });
    const auto answer = client.read_until("\r\n");
    EXPECT_EQ(answer, "HTTP/1.1 408 Request Timeout\r\n");
}

TEST_F(impatient_server_test, a_slow_body_is_408) {
    const auto whole = post("/a", "hello world");
    auto client = connect(std::string_view(whole).substr(0, whole.size() - 1));
    EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 408"));
}

TEST_F(impatient_server_test, idle_connections_are_closed_without_a_word) {
    auto fresh = connect();
    EXPECT_EQ(fresh.read_to_end(), "");
    auto used = connect(post("/a", "x"));
    EXPECT_TRUE(used.read_to_end().ends_with("</a:x>"));
}

TEST_F(impatient_server_test, a_client_that_does_not_read_its_answer_is_cut) {
    auto [client, served] = client::connect();
    client.shrink_receive_buffer();
    client.send(post("/large", ""));
    serve(served);
    EXPECT_FALSE(client.read_until("HTTP/1.1 200").empty());
    // Ends only because the write is bounded: stopping alone would wait a minute.
    EXPECT_EQ(begin_to_stop(milliseconds(60000)).wait_for(std::chrono::seconds(20)),
              std::future_status::ready);
}

TEST_F(impatient_server_test, a_handler_may_take_longer_than_every_limit) {
    auto client = connect(post("/wait", ""));
    handler_->waiting.get_future().get();
    auto idle = connect();
    EXPECT_EQ(idle.read_to_end(), "");  // by now the limits are over
    release();
    EXPECT_TRUE(client.read_until("</wait:>").ends_with("</wait:>"));
}

TEST_F(server_test, stopping_closes_idle_connections_and_finishes_requests) {
    auto idle = connect();
    idle.send(post("/a", ""));
    EXPECT_FALSE(idle.read_until("</a:>").empty());
    auto busy = connect();
    busy.send(post("/wait", "") + post("/never", ""));
    handler_->waiting.get_future().get();
    auto stopped = begin_to_stop(milliseconds(60000));
    EXPECT_TRUE(idle.is_closed());
    auto late = connect();
    EXPECT_TRUE(late.is_closed());
    release();
    const auto answer = busy.read_to_end();
    EXPECT_TRUE(contains(answer, "Connection: close\r\n\r\n</wait:>")) << answer;
    EXPECT_FALSE(contains(answer, "never"));
    EXPECT_EQ(stopped.wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

TEST_F(server_test, stopping_cuts_what_does_not_end) {
    auto slow = connect();
    slow.send("POST /a HT");
    auto busy = connect();
    busy.send(post("/wait", ""));
    handler_->waiting.get_future().get();
    auto stopped = begin_to_stop(milliseconds(20));
    EXPECT_TRUE(slow.is_closed());
    EXPECT_TRUE(busy.is_closed());
    release();
    EXPECT_EQ(stopped.wait_for(std::chrono::seconds(20)), std::future_status::ready);
}

}  // namespace
}  // namespace postrider::http
