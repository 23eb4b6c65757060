#include "fixture.h"

namespace postrider::delivery {
namespace {

/// From the URL to a connection: names, the guard, addresses in turn.
class connect_test : public sender_test {
 protected:
    static std::shared_ptr<endpoint> named(const char* name, std::uint16_t port) {
        auto made = plain(port);
        made->url.host = name;
        made->url.host_is_literal = false;
        return made;
    }
};

TEST_F(connect_test, a_refused_connection_is_named) {
    const test::refused_port port;
    const auto result = attempt(plain(port.get()));
    EXPECT_EQ(result.error, transport_error::connect);
    EXPECT_EQ(result.detail, "connection refused by 127.0.0.1:" + std::to_string(port.get()));
    EXPECT_EQ(tested->connections(), 0U);
}

TEST_F(connect_test, dials_the_addresses_of_a_name_in_turn) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    names.names["receiver.example.com"] = {"127.0.0.2", "127.0.0.1"};  // it listens on the second
    const auto result = attempt(named("receiver.example.com", peer.port()));
    EXPECT_EQ(result.status, 200) << result.detail;
    EXPECT_EQ(names.asked, std::vector<std::string>{"receiver.example.com"});
    EXPECT_NE(peer.requests().at(0).find("Host: receiver.example.com:"), std::string::npos);
}

TEST_F(connect_test, an_unknown_name_is_a_dns_error) {
    const auto result = attempt(named("nobody.example.com", 443));
    EXPECT_EQ(result.error, transport_error::dns);
    EXPECT_EQ(result.for_operators, "nobody.example.com: no such name (NXDOMAIN)");
    EXPECT_FALSE(result.own_fault) << "the name servers did their work";
}

TEST_F(connect_test, name_servers_that_fail_are_our_own_fault) {
    names.unknown =
        net::resolve_error(net::resolve_error::cause::name_servers, "no answer from the name servers");
    const auto result = attempt(named("somebody.example.com", 443));
    EXPECT_EQ(result.error, transport_error::dns);
    EXPECT_EQ(result.detail, "somebody.example.com: no answer from the name servers");
    EXPECT_TRUE(result.own_fault);
}

TEST_F(connect_test, a_silent_name_server_is_cut_at_the_deadline) {
    names.silent = "silent.example.com";
    auto to = named("silent.example.com", 443);
    to->timeout.connect = milliseconds(50);
    const auto result = attempt(to);
    EXPECT_EQ(result.error, transport_error::dns);
    EXPECT_EQ(result.detail, "silent.example.com: did not resolve within 50 ms");
    EXPECT_TRUE(result.own_fault);
}

TEST_F(connect_test, a_black_hole_is_cut_at_the_deadline) {
    // A listener whose queue is full drops the SYN, as a firewall does.
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(name);
    ASSERT_EQ(::bind(listening, reinterpret_cast<const sockaddr*>(&name), size), 0);
    ASSERT_EQ(::listen(listening, 0), 0);
    ASSERT_EQ(::getsockname(listening, reinterpret_cast<sockaddr*>(&name), &size), 0);
    const int filling = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::connect(filling, reinterpret_cast<const sockaddr*>(&name), size), 0);
    auto to = plain(ntohs(name.sin_port));
    to->timeout.connect = milliseconds(100);
    const auto result = attempt(to);
    EXPECT_EQ(result.error, transport_error::connect_timeout) << result.detail;
    EXPECT_FALSE(result.own_fault);
    EXPECT_EQ(result.detail, "no connection to 127.0.0.1:" + std::to_string(to->url.port) + " within 100 ms");
    EXPECT_GE(result.duration, milliseconds(100));
    ::close(filling);
    ::close(listening);
}

TEST_F(connect_test, loopback_is_refused_unless_it_is_allowed) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    auto to = plain(peer.port());
    to->allow_private_network = false;
    const auto result = attempt(to);
    EXPECT_EQ(result.error, transport_error::blocked);
    EXPECT_EQ(result.for_operators, "the destination is not allowed: denied_loopback");
    EXPECT_EQ(result.denied_by, "denied_loopback");
    EXPECT_TRUE(result.own_fault) << "what was allowed when it was written is not the receiver's fault";
    EXPECT_EQ(peer.connections(), 0U);
    auto ranged = std::make_shared<endpoint>(*to);
    ranged->allow_cidrs = {*cidr::parse("127.0.0.0/8")};
    EXPECT_EQ(attempt(ranged).status, 200);
    EXPECT_EQ(peer.connections(), 1U) << "the refused attempt sent no packet";
}

TEST_F(connect_test, denied_addresses_of_a_name_are_left_out) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    egress_rules rules;
    rules.allow_cidrs = {*cidr::parse("127.0.0.1/32")};
    make({}, rules);
    names.names["mixed.example.com"] = {"169.254.169.254", "127.0.0.2", "127.0.0.1"};
    auto to = named("mixed.example.com", peer.port());
    to->allow_private_network = false;
    EXPECT_EQ(attempt(to).status, 200);
    names.names["inside.example.com"] = {"10.0.0.1", "127.0.0.2"};
    auto inside = std::make_shared<endpoint>(*named("inside.example.com", peer.port()));
    inside->id = "inside";
    inside->allow_private_network = false;
    EXPECT_EQ(attempt(inside).error, transport_error::blocked);
    EXPECT_EQ(peer.connections(), 1U);
}

/// Whoever may write URLs could otherwise ask the daemon which names there are inside, and where they lead.
TEST_F(connect_test, what_is_denied_and_what_is_not_there_look_the_same) {
    names.names["private.example.com"] = {"10.0.0.1"};
    names.names["metadata.example.com"] = {"169.254.169.254", "fd00:ec2::254"};
    names.names["loopback.example.com"] = {"127.0.0.1", "::1"};
    const auto missing = attempt(named("missing.example.com", 443));
    EXPECT_EQ(missing.detail, "the destination is not allowed or has no address");
    for (const char* name : {"private.example.com", "metadata.example.com", "loopback.example.com"}) {
        auto to = named(name, 443);
        to->allow_private_network = false;
        const auto result = attempt(to);
        EXPECT_EQ(result.error, transport_error::blocked);
        EXPECT_EQ(result.detail, missing.detail);
        EXPECT_EQ(result.own_fault, missing.own_fault) << "nor by a circuit that opens";
        EXPECT_EQ(result.for_operators, "the destination is not allowed: " + std::string(result.denied_by));
    }
    auto literal = plain(443);
    literal->allow_private_network = false;
    EXPECT_EQ(attempt(literal).detail, missing.detail);
}

/// Rebinding: the name is looked up once for a connection, and what was judged is what is dialled.
TEST_F(connect_test, a_name_is_looked_up_once_for_each_connection) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200, "", "Connection: close\r\n")));
    self = &peer;
    make();
    auto to = named("rebinding.example.com", peer.port());
    to->allow_private_network = false;
    to->allow_cidrs = {*cidr::parse("127.0.0.1/32")};
    const endpoint_ptr fixed = to;
    names.names["rebinding.example.com"] = {"127.0.0.1"};
    EXPECT_EQ(attempt(fixed).status, 200);
    names.names["rebinding.example.com"] = {"127.0.0.2"};
    EXPECT_EQ(attempt(fixed).error, transport_error::blocked) << "the answer of before is worth nothing";
    names.names["rebinding.example.com"] = {"127.0.0.1"};
    EXPECT_EQ(attempt(fixed).status, 200);
    EXPECT_EQ(names.asked.size(), 3U);
    EXPECT_EQ(peer.connections(), 2U);
}

TEST_F(connect_test, the_daemon_itself_and_its_redis_are_never_reached) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    egress_rules own;
    own.own_listeners = {{*ip_address::parse("127.0.0.1"), peer.port()}};
    make({}, own);
    EXPECT_EQ(attempt(plain(peer.port())).denied_by, "denied_own_listener");
    egress_rules redis;
    redis.redis = {{*ip_address::parse("127.0.0.1"), peer.port()}};
    make({}, redis);
    EXPECT_EQ(attempt(plain(peer.port())).denied_by, "denied_redis");
    EXPECT_EQ(peer.connections(), 0U);
}

TEST_F(connect_test, faults_of_our_own_are_told_apart) {
    auto to = secure(443);
    to->tls.client_cert_file = "/nonexistent/client.pem";
    auto result = attempt(to);
    EXPECT_EQ(result.error, transport_error::local);
    EXPECT_EQ(result.detail, "client_cert_file /nonexistent/client.pem: No such file or directory");
    EXPECT_TRUE(result.own_fault);
    auto unsignable = plain(443);
    standard_webhooks_auth auth;
    auth.secrets.push_back({secret("whsec_short"), std::nullopt});
    unsignable->authentications.emplace_back(auth);
    result = attempt(unsignable);
    EXPECT_EQ(result.error, transport_error::local);
    EXPECT_EQ(result.detail.find("authentication: "), 0U) << result.detail;
    EXPECT_EQ(result.detail.find("whsec_short"), std::string::npos);
    EXPECT_TRUE(result.own_fault);
}

}  // namespace
}  // namespace postrider::delivery
