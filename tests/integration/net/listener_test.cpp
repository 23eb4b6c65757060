#include <postrider/net/listener.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <vector>

namespace postrider::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

struct listener_test : testing::Test {
    asio::io_context context;
    std::vector<int> accepted;

    ~listener_test() override {
        for (const int descriptor : accepted)
            ::close(descriptor);
    }
    std::unique_ptr<listener> open(const std::string& host, std::uint16_t port) {
        auto opened = listener::open(context.get_executor(), host, port);
        EXPECT_TRUE(opened) << opened.error();
        return opened ? std::move(*opened) : nullptr;
    }
    tcp::socket connect(std::uint16_t port) {
        tcp::socket socket(context);
        socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
        return socket;
    }
    void run_until_accepted(std::size_t count) {
        while (accepted.size() < count)
            context.run_one();
    }
};

TEST_F(listener_test, tells_its_real_address_and_port) {
    const auto opened = open("127.0.0.1", 0);
    EXPECT_NE(opened->port(), 0);
    EXPECT_EQ(opened->address(), *ip_address::parse("127.0.0.1"));
}

TEST_F(listener_test, accepts_many_at_once) {
    const auto opened = open("localhost", 0);
    opened->start([&](int descriptor, const ip_address&) { accepted.push_back(descriptor); });
    std::vector<tcp::socket> clients;
    for (int i = 0; i < 200; ++i)
        clients.push_back(connect(opened->port()));
    run_until_accepted(200);
}

TEST_F(listener_test, a_second_one_on_the_port_fails_and_says_where) {
    const auto first = open("127.0.0.1", 0);
    const auto second = listener::open(context.get_executor(), "127.0.0.1", first->port());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(),
              "cannot listen on 127.0.0.1:" + std::to_string(first->port()) + ": Address already in use");
}

TEST_F(listener_test, a_name_is_no_address) {
    const auto opened = listener::open(context.get_executor(), "example.com", 0);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error(), "cannot listen on example.com: not an IP address");
}

TEST_F(listener_test, closing_frees_the_port) {
    auto first = open("127.0.0.1", 0);
    first->start([](int, const ip_address&) { FAIL(); });
    const std::uint16_t port = first->port();
    first->close();
    context.run();  // the wait that was cancelled
    EXPECT_NE(open("127.0.0.1", port), nullptr);
}

TEST_F(listener_test, may_be_destroyed_by_its_own_callback) {
    auto opened = open("127.0.0.1", 0);
    opened->start([&](int descriptor, const ip_address&) {
        accepted.push_back(descriptor);
        opened.reset();
    });
    const std::uint16_t port = opened->port();
    const auto first = connect(port);
    const auto second = connect(port);
    context.run();
    EXPECT_EQ(accepted.size(), 1U);
}

TEST_F(listener_test, takes_ipv4_on_the_unspecified_ipv6_address_as_ipv4) {
    auto opened = listener::open(context.get_executor(), "::", 0);
    if (!opened) GTEST_SKIP() << "no IPv6 here: " << opened.error();
    std::optional<ip_address> peer;
    (*opened)->start([&](int descriptor, const ip_address& address) {
        accepted.push_back(descriptor);
        peer = address;
    });
    const auto client = connect((*opened)->port());
    run_until_accepted(1);
    EXPECT_EQ(*peer, *ip_address::parse("127.0.0.1"));
}

TEST_F(listener_test, says_when_descriptors_run_out_and_goes_on_afterwards) {
    const auto opened = open("127.0.0.1", 0);
    int shortages = 0;
    opened->start([&](int descriptor, const ip_address&) { accepted.push_back(descriptor); },
                  [&] { ++shortages; });
    // The sanitizers look at each type once, and need descriptors to do so: let them see all of it before.
    const auto first = connect(opened->port());
    run_until_accepted(1);
    const auto client = connect(opened->port());
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const int next = ::dup(0);
    ::close(next);
    rlimit none_left = before;
    none_left.rlim_cur = static_cast<rlim_t>(next);
    ::setrlimit(RLIMIT_NOFILE, &none_left);
    context.run_one();  // it finds the connection and no descriptor for it
    EXPECT_EQ(accepted.size(), 1U);
    EXPECT_EQ(shortages, 1);
    ::setrlimit(RLIMIT_NOFILE, &before);
    run_until_accepted(2);
}

}  // namespace
}  // namespace postrider::net
