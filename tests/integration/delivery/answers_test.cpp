#include "fixture.h"

namespace postrider::delivery {
namespace {

/// What receivers answer, and what becomes of it.
class answers_test : public sender_test {
 protected:
    /// One attempt at a receiver that answers with these bytes and closes.
    attempt_result answered(std::string bytes) {
        test::receiver peer([bytes = std::move(bytes)](test::peer& with, std::size_t) {
            if (!with.read_request()) return;
            with.send(bytes);
        });
        auto result = attempt(plain(peer.port()));
        EXPECT_EQ(peer.connections(), 1U) << "an answer is never asked for twice";
        EXPECT_EQ(tested->connections(), 0U) << "what is closed or odd is not kept";
        return result;
    }
};

TEST_F(answers_test, what_goes_out_is_what_the_contract_says) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200, "thanks")));
    self = &peer;
    const auto result = attempt(plain(peer.port()), 7);
    EXPECT_EQ(result.error, transport_error::none) << result.detail;
    EXPECT_EQ(result.status, 200);
    EXPECT_EQ(result.body_prefix, "thanks");
    EXPECT_EQ(result.detail, "");
    EXPECT_FALSE(result.reused_connection);
    ASSERT_EQ(peer.requests().size(), 1U);
    const std::string request = peer.requests().front();
    EXPECT_TRUE(request.starts_with("POST /hook HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(peer.port()) +
                                    "\r\nUser-Agent: Postrider/test\r\n"))
        << request;
    EXPECT_NE(request.find("\r\nwebhook-id: evt_1\r\n"), std::string::npos);
    EXPECT_NE(request.find("\r\npostrider-attempt: 7\r\n"), std::string::npos);
    EXPECT_TRUE(request.ends_with("\r\nContent-Length: 14\r\n\r\n{\"id\":\"evt_1\"}")) << request;
}

TEST_F(answers_test, every_status_is_a_result) {
    for (const int status : {200, 204, 301, 400, 410, 429, 500, 503, 599}) {
        const auto result =
            answered(status == 204 ? "HTTP/1.1 204 No\r\nConnection: close\r\n\r\n"
                                   : test::response_text(status, "", "Connection: close\r\n"));
        EXPECT_EQ(result.error, transport_error::none) << result.detail;
        EXPECT_EQ(result.status, status);
    }
}

TEST_F(answers_test, retry_after_is_kept_within_bounds) {
    EXPECT_EQ(answered(test::response_text(503, "", "Connection: close\r\nRetry-After: 120\r\n")).retry_after,
              "120");
    const std::string long_value(200, '7');
    EXPECT_EQ(
        answered(test::response_text(503, "", "Connection: close\r\nretry-after: " + long_value + "\r\n"))
            .retry_after,
        long_value.substr(0, 64));
    EXPECT_EQ(answered(test::response_text(200, "", "Connection: close\r\nRetry-After: 120\r\n")).retry_after,
              "");
}

TEST_F(answers_test, interim_responses_are_skipped_up_to_eight) {
    std::string interim;
    for (int i = 0; i < 8; ++i)
        interim += "HTTP/1.1 102 Processing\r\n\r\n";
    EXPECT_EQ(answered(interim + test::response_text(200, "", "Connection: close\r\n")).status, 200);
    const auto result = answered(interim + "HTTP/1.1 102 Processing\r\n\r\n" + test::response_text(200));
    EXPECT_EQ(result.error, transport_error::protocol);
    EXPECT_NE(result.detail.find("more than 8 interim responses"), std::string::npos) << result.detail;
}

TEST_F(answers_test, a_success_stays_one_whatever_its_body_does) {
    for (const char* bytes : {
             "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ntoo short",
             "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\ntoo long",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a chunk\r\n",
             "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\n\x1f\x8bnogz",
             "HTTP/1.0 200 OK\r\n\r\nto the end",
             "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
             "HTTP/1.1 200 OK\r\n\r\nto the end",
         }) {
        const auto result = answered(bytes);
        EXPECT_EQ(result.error, transport_error::none) << bytes << ": " << result.detail;
        EXPECT_EQ(result.status, 200) << bytes;
    }
}

TEST_F(answers_test, what_is_not_http_is_a_fault_of_the_protocol) {
    for (const char* bytes : {
             "SSH-2.0-OpenSSH\r\n\r\n",
             "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nxx",
             "HTTP/1.1 101 Switching\r\n\r\n",
             "HTTP/1.1 999 Odd\r\n\r\n",
         }) {
        const auto result = answered(bytes);
        EXPECT_EQ(result.error, transport_error::protocol) << bytes << ": " << result.detail;
        EXPECT_EQ(result.status, 0) << bytes;
        EXPECT_NE(result.detail, "") << bytes;
    }
}

TEST_F(answers_test, closing_before_the_header_is_complete_is_a_lost_connection) {
    auto result = answered("");
    EXPECT_EQ(result.error, transport_error::disconnected);
    EXPECT_EQ(result.detail, "connection closed before a response");
    result = answered("HTTP/1.1 200 OK\r\nContent-");
    EXPECT_EQ(result.error, transport_error::disconnected);
    EXPECT_EQ(result.detail, "connection closed before a complete response header");
}

TEST_F(answers_test, an_answer_that_comes_in_single_bytes_is_an_answer) {
    test::receiver peer([](test::peer& with, std::size_t) {
        if (!with.read_request()) return;
        const std::string answer = test::response_text(202, "slow but right");
        for (const char byte : answer)
            with.send(std::string(1, byte));
        with.wait_for_end();
    });
    const auto result = attempt(plain(peer.port()));
    EXPECT_EQ(result.status, 202) << result.detail;
    EXPECT_EQ(result.body_prefix, "slow but right");
    EXPECT_EQ(tested->connections(), 1U);
}

TEST_F(answers_test, a_bounded_part_of_the_body_is_kept) {
    const auto result = answered(test::response_text(500, std::string(5000, 'x'), "Connection: close\r\n"));
    EXPECT_EQ(result.body_prefix, std::string(attempt_result::max_kept_body, 'x'));
}

/// 1 MiB does not fit into the sockets' buffers: the receiver refuses it while it is being written.
TEST_F(answers_test, an_early_answer_to_a_large_event_counts) {
    for (const bool closes : {true, false}) {
        test::receiver peer([&](test::peer& with, std::size_t) {
            if (!with.read_head()) return;
            with.send(test::response_text(413, "too large"));
            if (!closes) with.wait_for_end();
        });
        auto to = plain(peer.port());
        const auto result = attempt(to, 1, make_event(std::string(16UL * 1024 * 1024, 'x')));
        if (closes && result.error == transport_error::disconnected) continue;  // the RST overtook the answer
        EXPECT_EQ(result.error, transport_error::none) << result.detail;
        EXPECT_EQ(result.status, 413);
        EXPECT_EQ(tested->connections(), 0U) << "half a request was left on it";
    }
}

TEST_F(answers_test, a_large_event_goes_out_to_the_byte) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)), tls_server());
    self = &peer;
    std::string body;
    for (int i = 0; body.size() < 300000; ++i)
        body += std::to_string(i) + ' ';
    const auto to = secure(peer.port());
    for (int i = 0; i < 2; ++i) {
        const auto result = attempt(to, 1, make_event(body));
        EXPECT_EQ(result.status, 200) << result.detail;
        EXPECT_EQ(result.reused_connection, i == 1);
    }
    ASSERT_EQ(peer.requests().size(), 2U);
    for (const std::string& request : peer.requests())
        EXPECT_TRUE(request.ends_with("\r\n\r\n" + body));
}

}  // namespace
}  // namespace postrider::delivery
