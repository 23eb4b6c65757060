#include "guest_book.h"
#include "server_story.h"
#include "tls_client.h"

#include <postrider/net/server_tls.h>

#include <support/net/certificate.h>

#include <csignal>
#include <thread>

namespace postrider::http {
namespace {

using net::handshake_fault;

class tls_server_test : public server_test {
 protected:
    void SetUp() override {
        (void)std::signal(SIGPIPE, SIG_IGN);
        server_test::SetUp();
        use({own.pem, secret(own.key_pem), {}});
    }

    void use(const net::server_identity& identity) {
        const auto made = net::server_tls::make(identity);
        ASSERT_TRUE(made) << made.error();
        on_shard([&] { server_->set_tls(*made); });
    }
    void ask_for_certificates() { use({own.pem, secret(own.key_pem), authority.pem()}); }

    /// A connection on which the client has said nothing yet.
    client knock() {
        auto [ours, theirs] = client::connect();
        shard_.post([this, theirs = theirs] {
            server_->serve(theirs, *ip_address::parse("127.0.0.1"), std::make_shared<guest>(book));
        });
        return std::move(ours);
    }
    tls_client speak(const tls_speech& speech = {}) { return {knock(), speech}; }

    void serves(tls_client& with, const std::string& path) {
        with.send(post(path, "x"));
        const auto answer = with.read_until("<" + path + ":x>");
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer << with.fault();
    }

    const test::certificate_authority authority;
    const test::certificate own = authority.issue({{"localhost"}});
    guest_book book;
};

TEST_F(tls_server_test, serves_over_tls_what_it_serves_without) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto client = speak({.least_version = version, .most_version = version});
        ASSERT_TRUE(client.handshake()) << client.fault();
        serves(client, "/a");
        client.send(post("/b", "") + "GET /refused HTTP/1.1\r\nHost: a\r\n\r\n" + post("/c", ""));
        EXPECT_TRUE(client.read_until("</c:>").ends_with("</c:>"));
        client.send(post("/d", std::string(100000, 'd')));
        EXPECT_TRUE(client.read_until("dd>").ends_with("dd>"));
        client.send(post("/large", "", "Connection: close\r\n"));
        EXPECT_GT(client.read_to_end().size(), 8U << 20);
        EXPECT_TRUE(client.closed_in_order()) << "a client must be able to tell the end from a cut";
    }
    EXPECT_TRUE(book.empty());
}

TEST_F(tls_server_test, plain_http_on_the_tls_port_gets_no_byte_of_http) {
    auto plain = knock();
    plain.send(post("/a", "x"));
    EXPECT_EQ(plain.read_to_end().find("HTTP"), std::string::npos);
    EXPECT_EQ(book.next(), (seen_fault{handshake_fault::protocol, false}));
    EXPECT_EQ(handler_->handled, 0);
}

TEST_F(tls_server_test, garbage_in_place_of_a_hello_gets_no_byte_of_http) {
    using namespace std::string_literals;
    for (const auto& garbage : {
             "\x16\x03\x01\xff\xff"s + std::string(70000, '\x01'),  // a record longer than TLS has any
             "\x16\x03\x01\x00\x04\x01\xff\xff\xff"s,               // a hello of 16 MiB
             "\x80\x2e\x01\x00\x02"s + std::string(41, '\0'),       // SSL 2
             "\x15\x03\x03\x00\x02\x02\x28"s,                       // an alert before anything
             "\x17\x03\x03\x00\x01x"s,                              // data before anything
             std::string(1000, '\0'),
             "SSH-2.0-OpenSSH_9.2\r\n"s,
         }) {
        auto client = knock();
        client.send(garbage);
        client.half_close();
        EXPECT_EQ(client.read_to_end().find("HTTP"), std::string::npos);
        EXPECT_EQ(book.next(), (seen_fault{handshake_fault::protocol, false}));
    }
    EXPECT_EQ(handler_->handled, 0);
}

TEST_F(tls_server_test, old_tls_is_refused) {
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        auto client = speak({.least_version = version, .most_version = version});
        EXPECT_FALSE(client.handshake());
        EXPECT_NE(client.fault().find("version"), std::string::npos) << client.fault();
        EXPECT_EQ(book.next(), (seen_fault{handshake_fault::protocol, false}));
    }
}

TEST_F(tls_server_test, suites_without_authenticated_encryption_are_refused) {
    for (const auto* suite :
         {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-NULL-SHA"}) {
        auto client = speak({.most_version = TLS1_2_VERSION, .suites = suite});
        EXPECT_FALSE(client.handshake()) << suite;
        EXPECT_EQ(book.next(), (seen_fault{handshake_fault::protocol, false}));
    }
    auto client = speak({.most_version = TLS1_2_VERSION, .suites = "ECDHE-ECDSA-AES128-GCM-SHA256"});
    ASSERT_TRUE(client.handshake()) << client.fault();
    serves(client, "/a");
}

TEST_F(tls_server_test, renegotiation_is_refused) {
    auto client = speak({.most_version = TLS1_2_VERSION});
    ASSERT_TRUE(client.handshake());
    serves(client, "/a");
    EXPECT_FALSE(client.renegotiate());
    EXPECT_NE(client.fault().find("renegotiation"), std::string::npos) << client.fault();
}

TEST_F(tls_server_test, sessions_are_never_resumed) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto first = speak({.most_version = version});
        ASSERT_TRUE(first.handshake());
        serves(first, "/a");
        SSL_SESSION* const session = first.session();
        auto second = speak({.most_version = version, .resume = session});
        ASSERT_TRUE(second.handshake());
        EXPECT_FALSE(second.resumed()) << version;
        ::SSL_SESSION_free(session);
    }
}

TEST_F(tls_server_test, no_other_protocol_is_agreed_on) {
    auto old = speak({.protocols = {"h2", "http/1.1"}});
    ASSERT_TRUE(old.handshake());
    EXPECT_EQ(old.protocol(), "http/1.1");
    for (const auto* other : {"h2", "ftp", "http/1.0"}) {
        auto client = speak({.protocols = {other}});
        EXPECT_FALSE(client.handshake()) << other;
        EXPECT_EQ(book.next(), (seen_fault{handshake_fault::protocol, false}));
    }
}

TEST_F(tls_server_test, no_certificate_and_not_a_byte_of_http) {
    ask_for_certificates();
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto client = speak({.most_version = version});
        if (client.handshake()) client.send(post("/a", "x"));
        EXPECT_EQ(client.read_to_end(), "");
        EXPECT_EQ(book.next(), (seen_fault{handshake_fault::client_certificate, false}));
    }
    EXPECT_EQ(handler_->handled, 0);
}

TEST_F(tls_server_test, an_expired_future_self_made_or_foreign_certificate_is_none) {
    ask_for_certificates();
    const test::certificate_authority other;
    const auto expired = authority.issue({.valid_from_seconds = -7200, .valid_to_seconds = -3600});
    const auto future = authority.issue({.valid_from_seconds = 3600, .valid_to_seconds = 7200});
    for (const auto& shown : {expired, future, other.issue({}), test::self_signed({})}) {
        for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            auto client = speak({.most_version = version, .certificate = shown});
            if (client.handshake()) client.send(post("/a", "x"));
            EXPECT_EQ(client.read_to_end(), "");
            EXPECT_EQ(book.next(), (seen_fault{handshake_fault::client_certificate, false}));
        }
    }
    EXPECT_EQ(handler_->handled, 0);
}

TEST_F(tls_server_test, a_good_certificate_is_served) {
    ask_for_certificates();
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto client = speak({.most_version = version, .certificate = authority.issue({{"ops"}})});
        ASSERT_TRUE(client.handshake()) << client.fault();
        serves(client, "/a");
    }
}

TEST_F(tls_server_test, a_new_certificate_is_shown_to_the_next_and_disturbs_nobody) {
    auto before = speak();
    ASSERT_TRUE(before.handshake());
    serves(before, "/a");
    const auto renewed = authority.issue({{"localhost"}});
    use({renewed.pem, secret(renewed.key_pem), {}});
    auto after = speak();
    ASSERT_TRUE(after.handshake());
    EXPECT_EQ(after.server_certificate(), renewed.pem);
    EXPECT_EQ(before.server_certificate(), own.pem);
    serves(before, "/b");
    serves(after, "/c");
}

TEST_F(tls_server_test, the_chain_is_shown_as_well) {
    const test::certificate_authority between;
    use({own.pem + between.pem(), secret(own.key_pem), {}});
    auto client = speak();
    ASSERT_TRUE(client.handshake());
    EXPECT_EQ(client.server_certificate(), own.pem);
    EXPECT_EQ(client.certificates(), 2);
}

TEST_F(tls_server_test, who_must_go_goes_when_idle_or_after_the_answer) {
    auto idle = speak();
    ASSERT_TRUE(idle.handshake());
    serves(idle, "/a");
    auto busy = speak();
    ASSERT_TRUE(busy.handshake());
    busy.send(post("/wait", "") + post("/never", ""));
    handler_->waiting.get_future().get();
    auto silent = knock();
    on_shard([this] { server_->dismiss([](const ip_address&) { return false; }); });
    EXPECT_EQ(idle.read_to_end(), "");
    EXPECT_TRUE(silent.is_closed());
    release();
    const auto answer = busy.read_to_end();
    EXPECT_TRUE(contains(answer, "Connection: close\r\n\r\n</wait:>")) << answer;
    EXPECT_FALSE(contains(answer, "never"));
    auto next = speak();
    ASSERT_TRUE(next.handshake());
    serves(next, "/b");
    EXPECT_TRUE(book.empty()) << "we cut it";
}

TEST_F(tls_server_test, clients_that_vanish_leave_nothing_behind) {
    auto silent = knock();
    silent.reset();
    auto in_hello = knock();
    in_hello.send("\x16\x03\x01");
    in_hello.reset();
    auto in_body = speak();
    ASSERT_TRUE(in_body.handshake());
    in_body.send(post("/a", "hello").substr(0, 60));
    in_body.plain().reset();
    auto large = speak();
    ASSERT_TRUE(large.handshake());
    large.send(post("/large", ""));
    EXPECT_FALSE(large.read_until("HTTP/1.1 200").empty());
    large.plain().reset();
    EXPECT_TRUE(book.wait_for_ends(4));
}

TEST_F(tls_server_test, a_client_that_only_connects_is_a_health_check_and_no_attack) {
    {
        auto silent = knock();
        silent.half_close();
        EXPECT_TRUE(silent.is_closed());
    }
    EXPECT_EQ(book.next(), (seen_fault{handshake_fault::closed, false}));
}

TEST_F(tls_server_test, a_client_that_is_still_sending_gets_its_413) {
    auto client = speak();
    ASSERT_TRUE(client.handshake());
    client.send(post("/a", std::string(2 << 20, 'a')).substr(0, 1 << 20));
    const auto answer = client.read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413")) << answer;
}

TEST_F(tls_server_test, says_what_is_wrong_with_an_identity) {
    const auto fault = [](const net::server_identity& identity) {
        const auto made = net::server_tls::make(identity);
        return made ? std::string("made") : made.error();
    };
    const auto other = authority.issue({});
    EXPECT_EQ(fault({own.pem, secret(other.key_pem), {}}).find("the key"), 0U);
    EXPECT_EQ(fault({"", secret(own.key_pem), {}}).find("the certificate"), 0U);
    EXPECT_EQ(fault({own.pem, secret(), {}}).find("the key"), 0U);
    EXPECT_EQ(fault({own.pem, secret(own.key_pem), "nobody"}).find("a client authority"), 0U)
        << "must never come to mean that everybody is trusted";
    const auto cut = own.pem.substr(0, own.pem.size() / 2) + "\n-----END CERTIFICATE-----\n";
    EXPECT_EQ(fault({own.pem + cut, secret(own.key_pem), {}}).find("a certificate behind"), 0U);
    EXPECT_EQ(fault({own.pem, secret(own.key_pem), authority.pem() + cut}).find("a client authority"), 0U);
}

class impatient_tls_server_test : public tls_server_test {
 protected:
    server_limits limits() override {
        server_limits short_ones;
        short_ones.header_timeout = short_ones.body_timeout = limit();
        return short_ones;
    }
    virtual milliseconds limit() { return milliseconds(200); }
};

/// Where a handshake comes first, which has to end within the limit on a machine that is busy elsewhere.
class less_impatient_tls_server_test : public impatient_tls_server_test {
 protected:
    milliseconds limit() override { return milliseconds(1000); }
};

TEST_F(impatient_tls_server_test, a_handshake_that_never_ends_is_cut) {
    auto silent = knock();
    EXPECT_EQ(silent.read_to_end(), "");
    EXPECT_TRUE(book.next().timed_out);
    auto half = knock();
    half.send("\x16\x03\x01\x02");
    EXPECT_EQ(half.read_to_end(), "");
    EXPECT_TRUE(book.next().timed_out);
}

TEST_F(impatient_tls_server_test, a_dripped_hello_does_not_extend_the_deadline) {
    auto client = knock();
    client.send(std::string_view("\x16\x03\x01\x20\x00\x01\x00\x1f\xfc", 9));
    const std::jthread drip([&](const std::stop_token& ended) {
        while (!ended.stop_requested() && !client.was_reset()) {
            client.send("a");
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    });
    EXPECT_TRUE(client.is_closed());
    EXPECT_TRUE(book.next().timed_out);
}

TEST_F(less_impatient_tls_server_test, slow_headers_and_bodies_are_408_under_tls_too) {
    for (const auto& begun : {std::string("POST /a HT"), post("/a", "hello").substr(0, 60)}) {
        auto client = speak();
        ASSERT_TRUE(client.handshake());
        client.send(begun);
        const auto answer = client.read_to_end();
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n")) << answer << client.fault();
        EXPECT_TRUE(client.closed_in_order());
    }
}

TEST_F(less_impatient_tls_server_test, a_record_that_never_ends_is_cut) {
    auto client = speak();
    ASSERT_TRUE(client.handshake());
    serves(client, "/a");
    client.send("POST /a HT");
    client.plain().send(std::string_view("\x17\x03\x03\x10\x00", 5));  // and none of its 4096 bytes
    (void)client.read_to_end();
    EXPECT_TRUE(book.wait_for_ends(1));
}

}  // namespace
}  // namespace postrider::http
