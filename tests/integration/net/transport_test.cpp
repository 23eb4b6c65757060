#include <postrider/net/deadline.h>
#include <postrider/net/listener.h>
#include <postrider/net/transport.h>

#include <boost/asio/error.hpp>
#include <gtest/gtest.h>
#include <support/net/gate.h>
#include <support/net/receiver.h>
#include <support/net/run.h>
#include <support/net/temporary_directory.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <future>
#include <optional>

namespace postrider::net {
namespace {

namespace asio = boost::asio;
const ip_address loopback = *ip_address::parse("127.0.0.1");

struct transport_test : testing::Test {
    asio::io_context context;
    connect_handle handle;

    connect_result connect(std::uint16_t port) {
        return test::run(context, connect_tcp(context.get_executor(), loopback, port, handle));
    }
    std::string read(transport& from) {
        std::array<char, 100> buffer{};
        auto got = test::run(context, from.read_some(buffer));
        return got ? std::string(buffer.data(), *got) : "error: " + got.error().message();
    }
    boost::system::error_code write(transport& to, std::string_view bytes) {
        return test::run(context, to.write_all(bytes));
    }
};

TEST_F(transport_test, carries_bytes_both_ways_and_tells_the_end) {
    test::receiver peer([](test::peer& with, std::size_t) {
        if (with.read_head()) with.send("answer");
    });
    auto connected = connect(peer.port());
    ASSERT_TRUE(connected) << connected.error().detail;
    EXPECT_FALSE(write(**connected, "ask\r\n\r\n"));
    EXPECT_EQ(read(**connected), "answer");
    std::array<char, 1> buffer{};
    const auto end = test::run(context, (*connected)->read_some(buffer));
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error(), asio::error::eof);
}

TEST_F(transport_test, a_refused_connection_is_named) {
    const test::refused_port port;
    const auto connected = connect(port.get());
    ASSERT_FALSE(connected);
    EXPECT_EQ(connected.error().where, connect_error::step::connect);
    EXPECT_EQ(connected.error().detail, "connection refused by 127.0.0.1:" + std::to_string(port.get()));
}

TEST_F(transport_test, writes_more_than_the_kernel_takes_at_once) {
    const std::string large(20UL * 1024 * 1024, 'x');
    test::gate may_read;
    std::size_t received = 0;
    test::receiver peer([&](test::peer& with, std::size_t) {
        may_read.wait();
        with.wait_for_end();
        received = with.received().size();
    });
    auto connected = connect(peer.port());
    ASSERT_TRUE(connected);
    asio::post(context, [&] { may_read.open(); });
    EXPECT_FALSE(write(**connected, large));
    (*connected)->close();
    ASSERT_TRUE(peer.wait_for_ends(1));
    EXPECT_EQ(received, large.size());
}

/// Keeps what it was told, and by whom it is kept.
struct told final : io_end {
    void on_read(const boost::system::error_code& error, std::size_t size) override {
        read = error;
        bytes = size;
    }
    void on_written(const boost::system::error_code& error) override { written = error; }
    std::optional<boost::system::error_code> read;
    std::optional<boost::system::error_code> written;
    std::size_t bytes = 0;
};

TEST_F(transport_test, tells_of_reads_and_writes_later_and_once_and_keeps_whom_it_tells) {
    const std::string large(20UL * 1024 * 1024, 'x');
    std::size_t received = 0;
    test::receiver peer([&](test::peer& with, std::size_t) {
        with.send("early");
        with.wait_for_end();
        received = with.received().size();
    });
    auto connected = connect(peer.port());
    ASSERT_TRUE(connected);
    std::array<char, 100> buffer{};
    auto who = std::make_shared<told>();
    const std::size_t sent = (*connected)->write_at_once(large);
    ASSERT_LT(sent, large.size()) << "the kernel took all of it";
    (*connected)->write(std::string_view(large).substr(sent), who);
    (*connected)->read(buffer, who);
    EXPECT_FALSE(who->read || who->written) << "told from within the call";
    EXPECT_EQ(who.use_count(), 3);
    context.restart();
    context.run();
    EXPECT_EQ(who->read, boost::system::error_code());
    EXPECT_EQ(who->bytes, 5U);
    EXPECT_EQ(who->written, boost::system::error_code());
    EXPECT_EQ(who.use_count(), 1);

    (*connected)->read(buffer, who);
    (*connected)->close();
    context.restart();
    context.run();
    EXPECT_EQ(who->read, boost::system::error_code(asio::error::operation_aborted));
    EXPECT_EQ((*connected)->write_at_once("x"), 0U);
    ASSERT_TRUE(peer.wait_for_ends(1));
    EXPECT_EQ(received, large.size());
}

TEST_F(transport_test, closing_ends_a_pending_read) {
    test::receiver peer([](test::peer& with, std::size_t) { with.wait_for_end(); });
    auto connected = connect(peer.port());
    ASSERT_TRUE(connected);
    asio::post(context, [&] { (*connected)->close(); });
    EXPECT_EQ(read(**connected).substr(0, 6), "error:");
    EXPECT_FALSE((*connected)->is_open());
    EXPECT_TRUE((*connected)->looks_dead());
}

TEST_F(transport_test, sees_a_connection_that_the_peer_closed_or_spoke_on) {
    test::receiver peer([](test::peer& with, std::size_t number) {
        if (!with.read_head()) return;
        with.send("x");
        if (number == 0) with.send("more");
        if (number == 2) with.wait_for_end();
    });
    for (const bool expected_dead : {true, true, false}) {
        auto connected = connect(peer.port());
        ASSERT_TRUE(connected);
        EXPECT_FALSE((*connected)->looks_dead());
        ASSERT_FALSE(write(**connected, "\r\n\r\n"));
        std::array<char, 1> one{};
        ASSERT_TRUE(test::run(context, (*connected)->read_some(one)));
        if (!expected_dead) {
            EXPECT_FALSE((*connected)->looks_dead());
            continue;
        }
        while (!(*connected)->looks_dead())
            std::this_thread::yield();  // until the kernel has it
    }
}

TEST_F(transport_test, a_reset_is_an_error_and_not_an_end) {
    test::receiver peer([](test::peer& with, std::size_t) {
        if (with.read_head()) with.reset();
    });
    auto connected = connect(peer.port());
    ASSERT_TRUE(connected);
    ASSERT_FALSE(write(**connected, "\r\n\r\n"));
    std::array<char, 1> buffer{};
    const auto end = test::run(context, (*connected)->read_some(buffer));
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error(), asio::error::connection_reset);
}

TEST_F(transport_test, a_deadline_ends_a_silent_read) {
    test::receiver peer([](test::peer& with, std::size_t) { with.wait_for_end(); });
    deadline limit(context.get_executor());
    auto connected = connect(peer.port());
    ASSERT_TRUE(connected);
    limit.arm(milliseconds(20), [&] { (*connected)->close(); });
    EXPECT_EQ(read(**connected).substr(0, 6), "error:");
    EXPECT_TRUE(limit.fired());
}

TEST_F(transport_test, speaks_over_a_unix_socket) {
    const test::temporary_directory directory;
    const std::string path = directory.path("socket");
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, path.size());
    const int listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::bind(listening, reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0);
    ASSERT_EQ(::listen(listening, 1), 0);
    auto connected = test::run(context, connect_unix(context.get_executor(), path, handle));
    ASSERT_TRUE(connected) << connected.error().detail;
    const int accepted = ::accept(listening, nullptr, nullptr);
    ASSERT_FALSE(write(**connected, "hello"));
    std::array<char, 100> buffer{};
    EXPECT_EQ(::recv(accepted, buffer.data(), buffer.size(), 0), 5);
    ASSERT_EQ(::send(accepted, "world", 5, 0), 5);
    EXPECT_EQ(read(**connected), "world");
    ::close(accepted);
    ::close(listening);
}

TEST_F(transport_test, a_missing_unix_socket_is_named) {
    const auto connected =
        test::run(context, connect_unix(context.get_executor(), "/nonexistent/socket", handle));
    ASSERT_FALSE(connected);
    EXPECT_NE(connected.error().detail.find("/nonexistent/socket"), std::string::npos);
    const auto too_long =
        test::run(context, connect_unix(context.get_executor(), std::string(200, 'x'), handle));
    EXPECT_FALSE(too_long);
}

TEST_F(transport_test, serves_an_accepted_socket) {
    auto opened = listener::open(context.get_executor(), "127.0.0.1", 0);
    ASSERT_TRUE(opened) << opened.error();
    std::unique_ptr<transport> accepted;
    (*opened)->start([&](int descriptor, const ip_address& peer) {
        EXPECT_EQ(peer, loopback);
        accepted = adopt_tcp(context.get_executor(), descriptor, peer.v6);
    });
    auto connected = connect((*opened)->port());
    ASSERT_TRUE(connected);
    while (!accepted)
        context.run_one();
    ASSERT_FALSE(write(**connected, "ping"));
    EXPECT_EQ(read(*accepted), "ping");
    ASSERT_FALSE(write(*accepted, "pong"));
    EXPECT_EQ(read(**connected), "pong");
}

}  // namespace
}  // namespace postrider::net
