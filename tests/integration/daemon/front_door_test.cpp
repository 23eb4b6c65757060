#include <daemon/front_door.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace postrider::daemon {
namespace {

/// Both ends of a connection; the test's is closed with it.
class pair {
 public:
    pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_), 0); }
    ~pair() { ::close(ends_[0]); }
    pair(const pair&) = delete;
    pair& operator=(const pair&) = delete;
    [[nodiscard]] int theirs() const { return ends_[1]; }
    /// What came, when the other end is closed.
    [[nodiscard]] std::string read_to_end() const {
        std::string all;
        char bytes[4096];
        ssize_t size = 0;
        while ((size = ::recv(ends_[0], bytes, sizeof(bytes), 0)) > 0)
            all.append(bytes, static_cast<std::size_t>(size));
        EXPECT_EQ(size, 0) << "still open";
        return all;
    }

 private:
    int ends_[2];
};

class front_door_test : public testing::Test {
 protected:
    void set_rules(std::vector<std::string> ranges, bool tls = false) {
        config::listener_settings listener;
        for (const auto& range : ranges)
            listener.allow_cidrs.push_back(*cidr::parse(range));
        if (tls) listener.tls.emplace();
        door.set_rules(listener, limits);
    }
    std::shared_ptr<http::visitor> knock(const pair& by, const std::string& from) {
        return door.admit(by.theirs(), *ip_address::parse(from));
    }
    [[nodiscard]] std::string refused(const std::string& reason) const {
        const std::string series =
            R"(webhook_connections_refused_total{listener="admin",reason=")" + reason + "\"} ";
        const auto text = metrics.render();
        const auto at = text.find(series);
        if (at == std::string::npos) return "0";
        const auto begin = at + series.size();
        return text.substr(begin, text.find('\n', begin) - begin);
    }

    metrics::registry metrics;
    config::limit_settings limits;
    front_door door{"admin", metrics, system_time()};
};

TEST_F(front_door_test, a_peer_outside_the_allow_list_gets_no_byte) {
    set_rules({"10.0.0.0/8", "2001:db8::/32"});
    for (const auto* from : {"192.0.2.1", "127.0.0.1", "::1", "2001:db9::1", "11.0.0.0"}) {
        const pair connection;
        EXPECT_EQ(knock(connection, from), nullptr) << from;
        EXPECT_EQ(connection.read_to_end(), "") << from;
    }
    EXPECT_EQ(refused("not_allowed"), "5");
    for (const auto* from : {"10.255.0.1", "2001:db8:ffff::1"}) {
        const pair connection;
        EXPECT_NE(knock(connection, from), nullptr) << from;
        ::close(connection.theirs());
    }
}

TEST_F(front_door_test, without_a_list_everybody_may_come) {
    set_rules({});
    const pair connection;
    EXPECT_NE(knock(connection, "192.0.2.1"), nullptr);
    ::close(connection.theirs());
}

TEST_F(front_door_test, one_peer_cannot_take_every_connection) {
    limits.max_connections = 10;
    limits.max_connections_per_peer = 3;
    set_rules({});
    std::vector<std::shared_ptr<http::visitor>> inside;
    for (int n = 0; n < 3; ++n) {
        const pair connection;
        inside.push_back(knock(connection, "192.0.2.1"));
        EXPECT_NE(inside.back(), nullptr);
        ::close(connection.theirs());
    }
    const pair fourth;
    EXPECT_EQ(knock(fourth, "192.0.2.1"), nullptr);
    const auto answer = fourth.read_to_end();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    EXPECT_NE(answer.find("this peer has"), std::string::npos);
    const pair other;
    inside.push_back(knock(other, "192.0.2.2"));
    EXPECT_NE(inside.back(), nullptr);
    ::close(other.theirs());
    inside.erase(inside.begin());
    const pair again;
    EXPECT_NE(knock(again, "192.0.2.1"), nullptr) << "one has gone";
    ::close(again.theirs());
    EXPECT_EQ(refused("too_many_of_peer"), "1");
}

TEST_F(front_door_test, ten_thousand_half_open_handshakes_are_bounded) {
    limits.max_connections = 100;
    set_rules({}, true);
    std::vector<std::shared_ptr<http::visitor>> inside;
    for (int n = 0; n < 10000; ++n) {
        const pair connection;
        const auto from = "10.0." + std::to_string(n / 256) + '.' + std::to_string(n % 256);
        if (auto visitor = knock(connection, from)) {
            inside.push_back(std::move(visitor));
            ::close(connection.theirs());
        } else {
            EXPECT_EQ(connection.read_to_end(), "") << "in plain text to a client of TLS";
        }
    }
    EXPECT_EQ(inside.size(), 100U);
    EXPECT_EQ(refused("too_many"), "9900");
    inside.clear();
    const pair connection;
    EXPECT_NE(knock(connection, "10.0.0.1"), nullptr);
    ::close(connection.theirs());
}

TEST_F(front_door_test, counts_why_handshakes_failed_but_not_health_checks) {
    set_rules({}, true);
    const pair connection;
    const auto visitor = knock(connection, "10.0.0.1");
    ASSERT_NE(visitor, nullptr);
    visitor->on_handshake_fault(net::handshake_fault::closed, false);
    visitor->on_handshake_fault(net::handshake_fault::closed, true);
    visitor->on_handshake_fault(net::handshake_fault::protocol, false);
    visitor->on_handshake_fault(net::handshake_fault::client_certificate, false);
    EXPECT_EQ(refused("tls_timeout"), "1");
    EXPECT_EQ(refused("tls_handshake"), "1");
    EXPECT_EQ(refused("client_certificate"), "1");
    ::close(connection.theirs());
}

}  // namespace
}  // namespace postrider::daemon
