#include "tls_story.h"

#include <boost/asio/post.hpp>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace postrider::net {
namespace {

namespace asio = boost::asio;
using tls_test = tls_story;

TEST_F(tls_test, carries_bytes_to_a_server_that_is_who_it_says) {
    test::receiver peer(echo_once(), server());
    auto connected = connect(peer.port(), make(trusting()));
    ASSERT_TRUE(connected) << connected.error().detail;
    EXPECT_EQ(exchange(**connected, "hello\r\n\r\n"), "hello\r\n\r\n");
    std::array<char, 1> buffer{};
    const auto end = test::run(context, (*connected)->read_some(buffer));
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error(), asio::error::eof) << "a close without close_notify is an end";
    ASSERT_TRUE(peer.wait_for_ends(1));
    EXPECT_EQ(last.server_name, "") << "no SNI for an address";
}

/// Reads until it has so much, a little at a time.
struct patient final : io_end, std::enable_shared_from_this<patient> {
    patient(callback_transport& from, std::size_t wanted) : from(from), wanted(wanted) {}
    void begin() { from.read(buffer, shared_from_this()); }
    void on_read(const boost::system::error_code& error, std::size_t size) override {
        got.append(buffer.data(), size);
        read = error;
        if (!error && got.size() < wanted) begin();
    }
    void on_written(const boost::system::error_code& error) override { written = error; }

    callback_transport& from;
    std::size_t wanted;
    std::array<char, 1000> buffer{};
    std::string got;
    std::optional<boost::system::error_code> read;
    std::optional<boost::system::error_code> written;
};

TEST_F(tls_test, carries_more_than_the_kernel_takes_at_once_both_ways) {
    const std::string large(20UL * 1024 * 1024, 'x'), answer(1024UL * 1024, 'y');
    std::size_t received = 0;
    test::receiver peer(
        [&](test::peer& with, std::size_t) {
            with.send(answer);
            with.wait_for_end();
            received = with.received().size();
        },
        server());
    auto connected = connect(peer.port(), make(trusting()));
    ASSERT_TRUE(connected) << connected.error().detail;
    callback_transport& over = **connected;
    const auto who = std::make_shared<patient>(over, answer.size());
    EXPECT_EQ(over.write_at_once("first"), 5U);
    ASSERT_EQ(over.write_at_once(large), 0U) << "the kernel took all of it";
    over.write(large, who);
    who->begin();
    EXPECT_FALSE(who->read || who->written) << "told from within the call";
    context.restart();
    context.run();
    EXPECT_EQ(who->read, boost::system::error_code());
    EXPECT_EQ(who->written, boost::system::error_code());
    EXPECT_TRUE(who->got == answer);

    who->begin();
    over.close();
    context.restart();
    context.run();
    EXPECT_EQ(who->read, boost::system::error_code(asio::error::operation_aborted));
    EXPECT_EQ(over.write_at_once("x"), 0U);
    ASSERT_TRUE(peer.wait_for_ends(1));
    EXPECT_EQ(received, 5 + large.size());
}

TEST_F(tls_test, names_the_server_it_wants) {
    test::receiver peer(echo_once(), server({{"receiver.example.com"}}));
    auto connected = connect(peer.port(), make(trusting()), "receiver.example.com");
    ASSERT_TRUE(connected) << connected.error().detail;
    EXPECT_EQ(exchange(**connected, "\r\n\r\n"), "\r\n\r\n");
    ASSERT_TRUE(peer.wait_for_ends(1));
    EXPECT_EQ(last.server_name, "receiver.example.com");
}

TEST_F(tls_test, speaks_over_a_connection_that_is_there_already) {
    test::receiver peer(echo_once(), server({{"receiver.example.com"}}));
    const auto over = [&](const std::string& name) {
        auto plain = test::run(context, connect_tcp(context.get_executor(), loopback, peer.port(), handle));
        EXPECT_TRUE(plain);
        return test::run(context, start_tls(std::move(*plain), 443, make(trusting()), name, handle));
    };
    auto connected = over("receiver.example.com");
    ASSERT_TRUE(connected) << connected.error().detail;
    EXPECT_EQ(exchange(**connected, "\r\n\r\n"), "\r\n\r\n");
    ASSERT_TRUE(peer.wait_for_ends(1));
    last = seen();
    const auto refused = over("other.example.com");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find("it is not for other.example.com"), std::string::npos);
    ASSERT_TRUE(peer.wait_for_ends(2));
    EXPECT_EQ(last.plain_text, "");
    auto unix_like = test::run(context, start_tls(nullptr, 443, make(trusting()), "x.example.com", handle));
    EXPECT_FALSE(unix_like);
}

TEST_F(tls_test, refuses_versions_before_1_2) {
    auto old = server();
    old.least_version = TLS1_VERSION;
    old.most_version = TLS1_1_VERSION;
    const auto error = refusal(old, trusting());
    EXPECT_NE(error.detail.find("TLS handshake with 127.0.0.1"), std::string::npos) << error.detail;
}

TEST_F(tls_test, speaks_1_2) {
    auto older = server();
    older.most_version = TLS1_2_VERSION;
    test::receiver peer(echo_once(), older);
    auto connected = connect(peer.port(), make(trusting()));
    ASSERT_TRUE(connected) << connected.error().detail;
    EXPECT_EQ(exchange(**connected, "\r\n\r\n"), "\r\n\r\n");
}

std::vector<std::string> suites_of(const SSL_CTX* context) {
    std::vector<std::string> names;
    const auto* const known = SSL_CTX_get_ciphers(context);
    for (int n = 0; n < sk_SSL_CIPHER_num(known); ++n)
        names.emplace_back(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(known, n)));
    return names;
}

TEST_F(tls_test, offers_what_the_system_does_and_the_faster_aes_first) {
    const auto made = make(trusting());
    auto suites = suites_of(static_cast<const SSL_CTX*>(made->native()));
    ASSERT_FALSE(suites.empty());
    EXPECT_EQ(suites.front(), "TLS_AES_128_GCM_SHA256");
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> plain(SSL_CTX_new(TLS_client_method()),
                                                                  &SSL_CTX_free);
    auto all = suites_of(plain.get());
    std::ranges::sort(suites);
    std::ranges::sort(all);
    EXPECT_EQ(suites, all);
}

TEST_F(tls_test, resumes_a_session_on_the_next_connection) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto made = server();
        made.most_version = version;
        test::receiver peer(echo_once(), made);
        const auto settings = make(trusting());
        for (const bool expected_resumed : {false, true, true}) {
            auto connected = connect(peer.port(), settings);
            ASSERT_TRUE(connected) << connected.error().detail;
            EXPECT_EQ(exchange(**connected, "\r\n\r\n"), "\r\n\r\n");
            connected->reset();
            static std::size_t ends = 0;
            ASSERT_TRUE(peer.wait_for_ends(++ends % 3 == 0 ? 3 : ends % 3));
            EXPECT_EQ(last.resumed, expected_resumed) << version;
        }
    }
}

TEST_F(tls_test, a_session_is_for_one_server_only) {
    test::receiver first(echo_once(), server());
    test::receiver second(echo_once(), server());
    const auto settings = make(trusting());
    for (const test::receiver* peer : {&first, &second}) {
        auto connected = connect(peer->port(), settings);
        ASSERT_TRUE(connected);
        EXPECT_EQ(exchange(**connected, "\r\n\r\n"), "\r\n\r\n");
    }
    ASSERT_TRUE(second.wait_for_ends(1));
    EXPECT_FALSE(last.resumed);
}

TEST_F(tls_test, shows_its_own_certificate_where_one_is_wanted) {
    auto strict = server();
    strict.client_authority_pem = authority.pem();
    const auto client = authority.issue({{"client"}});
    test::receiver peer(echo_once(), strict);
    auto settings = trusting();
    settings.client_cert_file = directory.write("client.pem", client.pem);
    settings.client_key_file = directory.write("client.key", client.key_pem);
    auto connected = connect(peer.port(), make(settings));
    ASSERT_TRUE(connected) << connected.error().detail;
    EXPECT_EQ(exchange(**connected, "\r\n\r\n"), "\r\n\r\n");
    auto without = connect(peer.port(), make(trusting()));
    ASSERT_TRUE(without) << "TLS 1.3 lets the client find out with its first read";
    std::array<char, 1> buffer{};
    const auto alert = test::run(context, (*without)->read_some(buffer));
    ASSERT_FALSE(alert);
    EXPECT_NE(alert.error().message().find("certificate required"), std::string::npos)
        << alert.error().message();
}

TEST_F(tls_test, a_stalled_handshake_can_be_cut) {
    std::string told;
    test::receiver silent([&](test::peer& with, std::size_t) {
        EXPECT_TRUE(with.receive());
        asio::post(context, [this] { handle.close(); });
        with.wait_for_end();
        told = with.received();
    });
    const auto connected = connect(silent.port(), make(trusting()));
    ASSERT_FALSE(connected);
    EXPECT_EQ(connected.error().where, connect_error::step::handshake);
    ASSERT_TRUE(silent.wait_for_ends(1));
    EXPECT_EQ(told.find("HTTP"), std::string::npos);
}

TEST_F(tls_test, sees_what_a_server_left_behind_the_answer) {
    test::receiver peer(
        [](test::peer& with, std::size_t number) {
            if (!with.read_head()) return;
            with.send("answer");
            if (number == 0) with.send("more");
            if (number == 1) return;
            with.wait_for_end();
        },
        server());
    const auto settings = make(trusting());
    for (const bool expected_dead : {true, true, false}) {
        auto connected = connect(peer.port(), settings);
        ASSERT_TRUE(connected);
        EXPECT_EQ(exchange(**connected, "\r\n\r\n"), "answer");
        if (!expected_dead) {
            EXPECT_FALSE((*connected)->looks_dead());
            EXPECT_EQ(test::run(context, (*connected)->write_all("still alive")),
                      boost::system::error_code());
            continue;
        }
        while (!(*connected)->looks_dead())
            std::this_thread::yield();  // until the kernel has it
    }
}

TEST_F(tls_test, says_what_is_wrong_with_a_file) {
    const auto error = [](const tls_settings& settings) {
        const auto made = tls_context::make(settings);
        return made ? std::string("made") : made.error();
    };
    tls_settings missing;
    missing.ca_file = "/nonexistent/ca.pem";
    EXPECT_EQ(error(missing), "ca_file /nonexistent/ca.pem: No such file or directory");
    tls_settings garbage;
    garbage.ca_file = directory.write("garbage.pem", "garbage");
    EXPECT_EQ(error(garbage).find("ca_file " + garbage.ca_file + ": "), 0U) << error(garbage);
    const auto first = authority.issue({});
    const auto second = authority.issue({});
    auto mixed = trusting();
    mixed.client_cert_file = directory.write("first.pem", first.pem);
    mixed.client_key_file = directory.write("second.key", second.key_pem);
    EXPECT_EQ(error(mixed).find("client_key_file " + mixed.client_key_file), 0U) << error(mixed);
    mixed.client_key_file = "/nonexistent/key.pem";
    EXPECT_EQ(error(mixed), "client_key_file /nonexistent/key.pem: No such file or directory");
}

}  // namespace
}  // namespace postrider::net
