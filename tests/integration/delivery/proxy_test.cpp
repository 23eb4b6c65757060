#include "fixture.h"
#include "test_proxy.h"

#include <cstdlib>

namespace postrider::delivery {
namespace {

constexpr const char* host = "hooks.partner.com";
constexpr const char* public_address = "93.184.215.14";

/// Deliveries through a forward proxy, and what it may not be talked into.
class proxy_test : public sender_test {
 protected:
    proxy_test() { names.names[host] = {public_address}; }

    static egress_rules through(std::uint16_t port, const std::string& user = {}) {
        egress_rules rules;
        rules.proxy.emplace();
        rules.proxy->at = {false, "127.0.0.1", true, port, "/"};
        if (!user.empty()) rules.proxy->credentials = secret("Basic " + user);
        return rules;
    }

    /// By name, at its public address, with no switch that would allow another.
    static std::shared_ptr<endpoint> strict(std::shared_ptr<endpoint> made) {
        made->url.host = host;
        made->url.host_is_literal = false;
        made->allow_private_network = false;
        return made;
    }

    attempt_result through_answer(const std::string& answer) {
        test_proxy proxy(0, [&](const std::string&, std::size_t) { return answer; });
        make({}, through(proxy.port()));
        auto result = attempt(strict(plain(443)));
        EXPECT_EQ(proxy.asked().size(), 1U);
        EXPECT_EQ(tested->connections(), 0U);
        return result;
    }
};

TEST_F(proxy_test, asks_for_the_address_that_was_checked) {
    for (const bool tls : {false, true}) {
        test::receiver* self = nullptr;
        std::string server_name;
        test::receiver peer(
            [&](test::peer& with, std::size_t) {
                server_name = with.server_name();
                while (auto request = with.read_request()) {
                    self->keep(std::move(*request));
                    with.send(test::response_text(200));
                }
            },
            tls ? std::optional(tls_server({{host}})) : std::nullopt);
        self = &peer;
        test_proxy proxy(peer.port());
        make({}, through(proxy.port()));
        const endpoint_ptr to = strict(tls ? secure(8443) : plain(8080));
        names.asked.clear();
        EXPECT_FALSE(attempt(to).reused_connection);
        const auto second = attempt(to);
        EXPECT_EQ(second.status, 200) << second.detail << second.for_operators;
        EXPECT_TRUE(second.reused_connection);
        const std::string where = std::string(public_address) + (tls ? ":8443" : ":8080");
        EXPECT_EQ(proxy.asked(),
                  std::vector<std::string>{"CONNECT " + where + " HTTP/1.1\r\nHost: " + where + "\r\n\r\n"});
        EXPECT_EQ(names.asked, std::vector<std::string>{host});
        EXPECT_NE(peer.requests().at(0).find("POST /hook HTTP/1.1\r\nHost: " + std::string(host)),
                  std::string::npos)
            << "to the receiver it looks like any delivery";
        tested.reset();
        EXPECT_TRUE(peer.wait_for_ends(1));
        EXPECT_EQ(server_name, tls ? host : "");
    }
}

TEST_F(proxy_test, an_ipv6_address_is_in_brackets) {
    names.names[host] = {"2606:4700::1111"};
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    test_proxy proxy(peer.port());
    make({}, through(proxy.port()));
    EXPECT_EQ(attempt(strict(plain(443))).status, 200);
    EXPECT_EQ(proxy.asked().at(0).find("CONNECT [2606:4700::1111]:443 HTTP/1.1\r\n"), 0U);
}

TEST_F(proxy_test, credentials_go_to_the_proxy_and_nowhere_else) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    test_proxy proxy(peer.port());
    make({}, through(proxy.port(), "dTpodXNo"));
    auto to = strict(plain(443));
    to->records.log_payloads = to->records.log_responses = true;
    const auto result = attempt(to);
    EXPECT_EQ(result.status, 200);
    EXPECT_NE(proxy.asked().at(0).find("\r\nProxy-Authorization: Basic dTpodXNo\r\n\r\n"), std::string::npos);
    EXPECT_EQ(peer.requests().at(0).find("Proxy-Authorization"), std::string::npos);
    EXPECT_EQ(result.request_headers.find("dTpodXNo"), std::string::npos);
    test_proxy strict_one(
        0, [](const std::string&, std::size_t) { return "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"; });
    make({}, through(strict_one.port(), "dTpodXNo"));
    const auto refused = attempt(to);
    EXPECT_EQ((refused.detail + refused.for_operators).find("dTpodXNo"), std::string::npos);
}

/// The proxy could reach what the daemon may not: it is not even asked.
TEST_F(proxy_test, is_not_asked_for_a_denied_destination) {
    test_proxy proxy(0);
    auto rules = through(proxy.port());
    rules.own_listeners = {{*ip_address::parse("93.184.215.99"), 443}};
    for (const bool resolves : {false, true}) {
        rules.proxy->resolves_names = resolves;
        make({}, rules);
        for (const char* denied :
             {"10.0.0.1", "127.0.0.1", "169.254.169.254", "168.63.129.16", "::ffff:10.0.0.1", "::1",
              "fd00:ec2::254", "64:ff9b::7f00:1", "93.184.215.99"}) {
            names.names[host] = {denied};
            auto to = strict(plain(443));
            if (resolves) {
                to->url.host = denied;
                to->url.host_is_literal = true;
            }
            const auto result = attempt(to);
            EXPECT_EQ(result.error, transport_error::blocked) << denied;
            EXPECT_EQ(result.detail, "the destination is not allowed or has no address");
        }
    }
    EXPECT_EQ(proxy.connections(), 0U);
}

TEST_F(proxy_test, may_resolve_names_where_the_operator_says_so) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)), tls_server({{host}}));
    self = &peer;
    test_proxy proxy(peer.port());
    auto rules = through(proxy.port());
    rules.proxy->resolves_names = true;
    make({}, rules);
    const endpoint_ptr to = strict(secure(443));
    EXPECT_EQ(attempt(to).status, 200);
    EXPECT_TRUE(attempt(to).reused_connection);
    EXPECT_TRUE(names.asked.empty());
    EXPECT_EQ(
        proxy.asked().at(0).find("CONNECT hooks.partner.com:443 HTTP/1.1\r\nHost: hooks.partner.com:443\r\n"),
        0U);
    rules.allow_cidrs = {*cidr::parse("10.0.0.0/8")};
    tested->set_rules(rules);
    EXPECT_FALSE(attempt(to).reused_connection) << "nobody here can judge where it leads";
}

TEST_F(proxy_test, that_is_away_is_our_own_fault) {
    const test::refused_port nobody;
    make({}, through(nobody.get()));
    const auto result = attempt(strict(plain(443)));
    EXPECT_EQ(result.error, transport_error::connect);
    EXPECT_TRUE(result.own_fault) << "no circuit opens for it";
    EXPECT_EQ(result.detail, "no connection through the egress proxy");
    const std::string where = "127.0.0.1:" + std::to_string(nobody.get());
    EXPECT_EQ(result.for_operators, "the egress proxy " + where + ": connection refused by " + where);
}

TEST_F(proxy_test, that_has_no_address_is_our_own_fault) {
    auto rules = through(3128);
    rules.proxy->at.host = "proxy.corp";
    rules.proxy->at.host_is_literal = false;
    make({}, rules);
    const auto result = attempt(strict(plain(443)));
    EXPECT_EQ(result.error, transport_error::dns);
    EXPECT_TRUE(result.own_fault);
    EXPECT_EQ(result.for_operators, "the egress proxy proxy.corp:3128: proxy.corp: no such name (NXDOMAIN)");
}

TEST_F(proxy_test, by_name_is_dialled_at_all_its_addresses) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    test_proxy proxy(peer.port());
    auto rules = through(proxy.port());
    rules.proxy->at.host = "proxy.corp";
    rules.proxy->at.host_is_literal = false;
    names.names["proxy.corp"] = {"127.0.0.2", "127.0.0.1"};  // it listens on the second
    make({}, rules);
    EXPECT_EQ(attempt(strict(plain(443))).status, 200);
}

TEST_F(proxy_test, that_refuses_is_told_apart_from_one_that_cannot) {
    auto result =
        through_answer("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n");
    EXPECT_EQ(result.error, transport_error::connect);
    EXPECT_TRUE(result.own_fault);
    EXPECT_NE(result.for_operators.find("407: it wants other credentials"), std::string::npos)
        << result.for_operators;
    for (const char* status : {"403 Forbidden", "502 Bad Gateway", "503 Unavailable", "504 Timeout"}) {
        result = through_answer("HTTP/1.1 " + std::string(status) + "\r\nContent-Length: 5\r\n\r\noops!");
        EXPECT_EQ(result.error, transport_error::connect);
        EXPECT_FALSE(result.own_fault) << "so it is with a receiver that is down";
        EXPECT_EQ(result.detail, "the egress proxy did not connect to the destination")
            << "the same for all of them";
        EXPECT_NE(result.for_operators.find(std::string(status).substr(0, 3)), std::string::npos);
        EXPECT_EQ(result.status, 0) << "it is not the receiver's";
    }
}

TEST_F(proxy_test, that_cannot_reach_one_address_is_asked_for_the_next) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    names.names[host] = {"10.0.0.1", "93.184.215.15", public_address};
    test_proxy proxy(peer.port(), [](const std::string& head, std::size_t) {
        return head.find("215.15") != std::string::npos ? "HTTP/1.1 503 No\r\n\r\n" : test_proxy::established;
    });
    make({}, through(proxy.port()));
    EXPECT_EQ(attempt(strict(plain(443))).status, 200);
    EXPECT_EQ(proxy.asked().size(), 2U);
}

TEST_F(proxy_test, that_says_200_in_an_odd_way_is_understood) {
    for (const char* answer : {"HTTP/1.0 200 Connection established\r\nProxy-Agent: old\r\n\r\n",
                               "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
                               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
        test::receiver* self = nullptr;
        test::receiver peer(test::answer_all(self, test::response_text(200)));
        self = &peer;
        test_proxy proxy(peer.port(), [&](const std::string&, std::size_t) { return answer; });
        make({}, through(proxy.port()));
        EXPECT_EQ(attempt(strict(plain(443))).status, 200) << answer;
    }
}

/// What a proxy, or whoever sits in its place, could slip in as the beginning of the receiver's answer.
TEST_F(proxy_test, that_breaks_the_protocol_is_left) {
    for (const std::string& answer :
         {std::string("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\n\r\nx"),
          std::string("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
          std::string("SSH-2.0-OpenSSH\r\n"), std::string("HTTP/1.1 200 OK\n\n"),
          std::string("HTTP/1.1 200 OK\r\n Folded: x\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
          "HTTP/1.1 200 OK\r\nX: " + std::string(20000, 'x') + "\r\n\r\n",
          std::string("HTTP/1.1 200 OK\r\n")}) {
        const auto result = through_answer(answer);
        EXPECT_EQ(result.error, transport_error::protocol) << answer.substr(0, 60);
        EXPECT_TRUE(result.own_fault);
        EXPECT_EQ(result.detail, "no connection through the egress proxy");
    }
}

TEST_F(proxy_test, that_is_silent_is_left_at_the_deadline_of_connecting) {
    test_proxy proxy(0, [](const std::string&, std::size_t) { return std::string(); });
    make({}, through(proxy.port()));
    auto to = strict(plain(443));
    to->timeout.connect = milliseconds(200);
    const auto result = attempt(to);
    EXPECT_EQ(result.error, transport_error::connect_timeout);
    EXPECT_EQ(result.detail, "no connection to hooks.partner.com:443 within 200 ms");
    EXPECT_LT(result.duration, std::chrono::seconds(10));
}

TEST_F(proxy_test, attempts_that_wait_for_it_can_be_cut) {
    test_proxy proxy(0, [](const std::string&, std::size_t) { return std::string(); });
    make({}, through(proxy.port()));
    start(strict(plain(443)));
    context.restart();
    while (proxy.asked().empty())
        context.poll();
    tested->cut();
    EXPECT_EQ(finish().at(0).detail, "cut at shutdown");
}

/// A proxy that answers in the receiver's place has no certificate for it.
TEST_F(proxy_test, cannot_stand_in_for_the_receiver) {
    for (const char* name : {"proxy.corp", public_address}) {
        std::string told;
        test::receiver impostor(
            [&](test::peer& with, std::size_t) {
                with.wait_for_end();
                told = with.received();
            },
            tls_server({{name}}));
        test_proxy proxy(impostor.port());
        make({}, through(proxy.port()));
        const auto result = attempt(strict(secure(443)));
        EXPECT_EQ(result.error, transport_error::tls);
        EXPECT_NE(result.detail.find("it is not for hooks.partner.com"), std::string::npos) << result.detail;
        EXPECT_TRUE(impostor.wait_for_ends(1));
        EXPECT_EQ(told, "");
    }
}

TEST_F(proxy_test, is_never_the_daemon_itself_or_its_redis) {
    test_proxy self(0);
    auto rules = through(self.port());
    rules.allow_cidrs = {*cidr::parse("127.0.0.0/8")};
    rules.own_listeners = {{*ip_address::parse("0.0.0.0"), self.port()}};
    make({}, rules);
    EXPECT_EQ(attempt(strict(plain(443))).error, transport_error::local);
    rules.own_listeners.clear();
    rules.redis = {{*ip_address::parse("127.0.0.1"), self.port()}};
    make({}, rules);
    const auto result = attempt(strict(plain(443)));
    EXPECT_EQ(result.error, transport_error::local);
    EXPECT_TRUE(result.own_fault);
    EXPECT_EQ(self.connections(), 0U);
}

TEST_F(proxy_test, that_is_changed_takes_its_connections_with_it) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    test_proxy first(peer.port());
    test_proxy second(peer.port());
    const endpoint_ptr to = strict(plain(443));
    make({}, through(first.port()));
    EXPECT_EQ(attempt(to).status, 200);
    tested->set_rules(through(first.port()));
    EXPECT_TRUE(attempt(to).reused_connection) << "a reload that left it alone";
    tested->set_rules(through(second.port()));
    EXPECT_EQ(tested->connections(), 0U);
    EXPECT_FALSE(attempt(to).reused_connection);
    EXPECT_EQ(second.connections(), 1U);
}

/// Variables that whoever starts the daemon may have set for other programs, and what receivers ask for.
TEST_F(proxy_test, no_variable_and_no_header_leads_elsewhere) {
    test_proxy elsewhere(0);
    const std::string url = "http://127.0.0.1:" + std::to_string(elsewhere.port());
    for (const char* name :
         {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
        ::setenv(name, url.c_str(), 1);
    test::receiver* self = nullptr;
    const std::string port = std::to_string(elsewhere.port());
    const std::string headers = "Alt-Svc: http/1.1=\"127.0.0.1:" + port +
                                "\"; ma=3600; persist=1, h2=\":" + port + "\"\r\nLocation: " + url +
                                "/\r\nRefresh: 0;url=" + url + "\r\nContent-Location: " + url +
                                "/\r\nLink: <" + url + "/>; rel=preconnect\r\n";
    for (const int status : {200, 201, 301, 302, 303, 305, 307, 308}) {
        test::receiver peer(
            test::answer_all(self, test::response_text(status, "", headers + "Connection: close\r\n")));
        self = &peer;
        make();
        const endpoint_ptr to = plain(peer.port());
        for (std::size_t i = 0; i < 2; ++i)
            EXPECT_EQ(attempt(to).status, status);
        EXPECT_EQ(peer.connections(), 2U);
    }
    EXPECT_EQ(elsewhere.connections(), 0U);
    for (const char* name :
         {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
        ::unsetenv(name);
}

}  // namespace
}  // namespace postrider::delivery
