#include "fixture.h"

#include <support/net/gate.h>

#include <atomic>

namespace postrider::delivery {
namespace {

/// Receivers that misbehave: each is cut at its deadline or its bound, and never reused.
class faults_test : public sender_test {
 protected:
    /// What must happen before it takes microseconds, but on a machine that others use too.
    static constexpr milliseconds limit{600};

    attempt_result impatient(test::receiver& peer, std::shared_ptr<endpoint> to = nullptr) {
        if (!to) to = plain(peer.port());
        to->timeout.read = limit;
        auto result = attempt(to);
        EXPECT_EQ(tested->connections(), 0U);
        EXPECT_LT(result.duration, std::chrono::seconds(10));
        return result;
    }
};

TEST_F(faults_test, silence_ends_at_the_deadline) {
    test::receiver peer([](test::peer& with, std::size_t) { with.wait_for_end(); });
    const auto result = impatient(peer);
    EXPECT_EQ(result.error, transport_error::timeout);
    EXPECT_EQ(result.detail, "no response header within 600 ms");
    EXPECT_GE(result.duration, limit);
    EXPECT_EQ(peer.connections(), 1U);
}

TEST_F(faults_test, a_header_that_drips_feeds_no_deadline) {
    test::receiver peer([](test::peer& with, std::size_t) {
        if (!with.read_request()) return;
        with.send("HTTP/1.1 200 OK\r\nX-Long: ");
        while (with.send("x"))
            std::this_thread::sleep_for(milliseconds(10));
    });
    const auto result = impatient(peer);
    EXPECT_EQ(result.error, transport_error::timeout) << result.detail;
    EXPECT_EQ(result.detail, "no response header within 600 ms");
}

TEST_F(faults_test, a_body_that_drips_is_cut_and_the_status_counts) {
    test::receiver peer([](test::peer& with, std::size_t) {
        if (!with.read_request()) return;
        with.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        while (with.send("x"))
            std::this_thread::sleep_for(milliseconds(10));
    });
    auto result = impatient(peer);
    // A machine that stood still for all of the limit has not taken the header in either.
    for (int again = 0; again < 10 && result.error == transport_error::timeout; ++again)
        result = impatient(peer);
    EXPECT_EQ(result.error, transport_error::none) << result.detail;
    EXPECT_EQ(result.status, 200);
}

TEST_F(faults_test, endless_answers_are_read_within_bounds) {
    struct endless {
        const char* beginning;
        const char* rest;
        transport_error error;
    };
    for (const endless& kind : {
             endless{"HTTP/1.1 200 OK\r\n", "X-More: 0123456789\r\n", transport_error::protocol},
             endless{"HTTP/1.1 200 OK\r\nX-Long: ", "0123456789", transport_error::protocol},
             endless{"", "HTTP/1.1 102 Processing\r\n\r\n", transport_error::protocol},
             endless{"HTTP/1.1 200 OK\r\n\r\n", "0123456789", transport_error::none},
             endless{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "a\r\n0123456789\r\n",
                     transport_error::none},
             endless{"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99999999999\r\n\r\n",
                     "\x1f\x8b garbage", transport_error::none},
         }) {
        test::receiver peer([&](test::peer& with, std::size_t) {
            if (!with.read_request() || !with.send(kind.beginning)) return;
            std::string many;
            while (many.size() < 4096)
                many += kind.rest;
            while (with.send(many)) {
            }
        });
        const auto result = attempt(plain(peer.port()));  // ends by the bound, long before 15 s
        EXPECT_EQ(result.error, kind.error) << kind.beginning << kind.rest << result.detail;
        EXPECT_LE(result.body_prefix.size(), attempt_result::max_kept_body);
        EXPECT_EQ(tested->connections(), 0U);
        EXPECT_TRUE(peer.wait_for_ends(1));
    }
}

TEST_F(faults_test, large_interim_responses_are_within_the_bound_together) {
    test::receiver peer([](test::peer& with, std::size_t) {
        if (!with.read_request()) return;
        for (int i = 0; i < 8; ++i)
            with.send("HTTP/1.1 103 Hints\r\nX-Large: " + std::string(15000, 'x') + "\r\n\r\n");
        with.send(test::response_text(200));
    });
    const auto result = attempt(plain(peer.port()));
    EXPECT_EQ(result.error, transport_error::protocol);
    EXPECT_EQ(result.detail, "no response header within 65536 bytes");
}

TEST_F(faults_test, a_reset_before_in_and_after_the_answer) {
    const std::string answer = test::response_text(200, "body");
    for (const std::size_t sent : {std::size_t(0), std::size_t(10), answer.size() - 2}) {
        test::receiver peer([&](test::peer& with, std::size_t) {
            if (!with.read_request()) return;
            with.send(std::string_view(answer).substr(0, sent));
            with.reset();
        });
        const auto result = attempt(plain(peer.port()));
        const bool lost = sent < answer.size() / 2 || result.status == 0;
        EXPECT_EQ(result.error, lost ? transport_error::disconnected : transport_error::none) << sent;
        EXPECT_EQ(tested->connections(), 0U);
        EXPECT_EQ(peer.connections(), 1U) << "a fresh connection that dies is not replaced";
    }
}

TEST_F(faults_test, a_stalled_tls_handshake_is_cut_and_no_http_goes_out) {
    std::string told;
    test::receiver peer([&](test::peer& with, std::size_t) {
        with.wait_for_end();
        told = with.received();
    });
    auto to = secure(peer.port());
    to->timeout.connect = limit;
    const auto result = attempt(to);
    EXPECT_EQ(result.error, transport_error::connect_timeout);
    EXPECT_EQ(result.detail,
              "no TLS handshake with 127.0.0.1:" + std::to_string(peer.port()) + " within 600 ms");
    ASSERT_TRUE(peer.wait_for_ends(1));
    EXPECT_NE(told, "");
    EXPECT_EQ(told.find("POST"), std::string::npos);
}

TEST_F(faults_test, a_certificate_that_is_no_good_sees_no_http) {
    struct bad {
        test::tls_server server;
        const char* detail;
    };
    test::tls_server alone;
    alone.own = test::self_signed({});
    auto old = tls_server();
    old.least_version = TLS1_VERSION;
    old.most_version = TLS1_1_VERSION;
    for (const bad& kind : {bad{tls_server({{"127.0.0.1"}, -7200, -3600}), "certificate has expired"},
                            bad{tls_server({{"127.0.0.1"}, 3600, 7200}), "certificate is not yet valid"},
                            bad{alone, "self-signed certificate"},
                            bad{tls_server({{"other.example.com"}}), "IP address mismatch"},
                            bad{old, "TLS handshake with 127.0.0.1"}}) {
        std::atomic<bool> spoken = false;
        test::receiver peer([&](test::peer&, std::size_t) { spoken = true; }, kind.server);
        const auto result = attempt(secure(peer.port()));
        EXPECT_EQ(result.error, transport_error::tls) << result.detail;
        EXPECT_NE(result.detail.find(kind.detail), std::string::npos) << result.detail;
        ASSERT_TRUE(peer.wait_for_ends(1));
        EXPECT_FALSE(spoken) << "the handshake came to its end";
        EXPECT_EQ(tested->connections(), 0U);
    }
}

TEST_F(faults_test, one_hanging_receiver_leaves_the_others_alone) {
    test::receiver hanging([](test::peer& with, std::size_t) { with.wait_for_end(); });
    test::receiver* self = nullptr;
    test::receiver healthy(test::answer_all(self, test::response_text(200)));
    self = &healthy;
    auto slow = plain(hanging.port());
    slow->id = "slow";
    for (int i = 0; i < 20; ++i)
        start(slow);
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(attempt(plain(healthy.port())).status, 200);
    tested->cut();
    for (const auto& result : finish())
        EXPECT_EQ(result.detail, "cut at shutdown");
}

}  // namespace
}  // namespace postrider::delivery
