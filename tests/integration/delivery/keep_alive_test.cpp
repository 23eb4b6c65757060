#include "fixture.h"

#include <support/net/gate.h>
#include <sys/resource.h>

namespace postrider::delivery {
namespace {

/// Connections that serve again, and those that must not.
class keep_alive_test : public sender_test {};

TEST_F(keep_alive_test, one_connection_serves_many_attempts) {
    for (const bool tls : {false, true}) {
        test::receiver* self = nullptr;
        test::receiver peer(test::answer_all(self, test::response_text(200, "ok")),
                            tls ? std::optional(tls_server()) : std::nullopt);
        self = &peer;
        const endpoint_ptr to = tls ? secure(peer.port()) : plain(peer.port());
        for (std::uint32_t i = 0; i < 10; ++i) {
            const auto result = attempt(to);
            EXPECT_EQ(result.status, 200) << result.detail;
            EXPECT_EQ(result.reused_connection, i > 0);
        }
        EXPECT_EQ(peer.connections(), 1U);
        EXPECT_EQ(peer.requests().size(), 10U);
        EXPECT_EQ(tested->connections(), 1U);
        make();
    }
}

TEST_F(keep_alive_test, a_connection_that_was_closed_while_idle_is_replaced_unseen) {
    test::receiver peer([](test::peer& with, std::size_t) {
        if (with.read_request()) with.send(test::response_text(200));
    });
    const endpoint_ptr to = plain(peer.port());
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(attempt(to).status, 200);
        ASSERT_TRUE(peer.wait_for_ends(i + 1));
    }
    EXPECT_EQ(peer.connections(), 3U);
}

TEST_F(keep_alive_test, what_came_while_idle_is_not_taken_for_an_answer) {
    for (const bool tls : {false, true}) {
        test::receiver peer(
            [](test::peer& with, std::size_t number) {
                if (!with.read_request()) return;
                with.send(test::response_text(200));
                if (number == 0) with.send(test::response_text(408));
            },
            tls ? std::optional(tls_server()) : std::nullopt);
        make();
        const endpoint_ptr to = tls ? secure(peer.port()) : plain(peer.port());
        EXPECT_EQ(attempt(to).status, 200);
        ASSERT_TRUE(peer.wait_for_ends(1));
        EXPECT_EQ(attempt(to).status, 200);
        EXPECT_EQ(peer.connections(), 2U);
    }
}

/// The receiver closes as we send: it read the request and gave no byte of an answer.
TEST_F(keep_alive_test, a_reused_connection_that_dies_without_a_byte_is_replaced_once) {
    for (const bool resets : {false, true}) {
        test::receiver peer([&](test::peer& with, std::size_t number) {
            if (!with.read_request()) return;
            with.send(test::response_text(200));
            if (!with.read_request()) return;
            if (number == 0 && resets) with.reset();
            if (number == 0) return;
            with.send(test::response_text(200));
        });
        make();
        const endpoint_ptr to = plain(peer.port());
        EXPECT_EQ(attempt(to).status, 200);
        const auto second = attempt(to);
        EXPECT_EQ(second.status, 200) << second.detail;
        EXPECT_FALSE(second.reused_connection);
        EXPECT_EQ(peer.connections(), 2U);
    }
}

TEST_F(keep_alive_test, but_only_once) {
    test::receiver* self = nullptr;
    test::receiver peer([&](test::peer& with, std::size_t number) {
        auto first = with.read_request();
        if (!first) return;
        self->keep(std::move(*first));
        if (number > 0) return;
        with.send(test::response_text(200));
        if (auto next = with.read_request()) self->keep(std::move(*next));
    });
    self = &peer;
    const endpoint_ptr to = plain(peer.port());
    EXPECT_EQ(attempt(to).status, 200);
    const auto second = attempt(to);
    EXPECT_EQ(second.error, transport_error::disconnected);
    EXPECT_EQ(peer.connections(), 2U);
    EXPECT_EQ(peer.requests().size(), 3U);
}

TEST_F(keep_alive_test, not_after_a_byte_of_an_answer) {
    test::receiver peer([](test::peer& with, std::size_t) {
        if (!with.read_request()) return;
        with.send(test::response_text(200));
        if (with.read_request()) with.send("H");
    });
    const endpoint_ptr to = plain(peer.port());
    EXPECT_EQ(attempt(to).status, 200);
    EXPECT_EQ(attempt(to).error, transport_error::disconnected);
    EXPECT_EQ(peer.connections(), 1U);
}

TEST_F(keep_alive_test, not_after_the_deadline) {
    test::receiver peer([](test::peer& with, std::size_t) {
        if (!with.read_request()) return;
        with.send(test::response_text(200));
        with.wait_for_end();
    });
    auto to = plain(peer.port());
    EXPECT_EQ(attempt(to).status, 200);
    to->timeout.read = milliseconds(300);
    const auto second = attempt(to);
    EXPECT_EQ(second.error, transport_error::timeout);
    EXPECT_TRUE(second.reused_connection);
    EXPECT_EQ(peer.connections(), 1U);
}

TEST_F(keep_alive_test, what_says_close_is_closed) {
    test::receiver peer([](test::peer& with, std::size_t) {
        while (with.read_request())
            with.send(test::response_text(200, "", "Connection: close\r\n"));
    });
    const endpoint_ptr to = plain(peer.port());
    EXPECT_EQ(attempt(to).status, 200);
    EXPECT_EQ(tested->connections(), 0U);
    EXPECT_FALSE(attempt(to).reused_connection);
}

TEST_F(keep_alive_test, at_most_as_many_are_kept_as_may_be_in_flight) {
    test::gate answer;
    test::receiver* self = nullptr;
    test::receiver peer([&](test::peer& with, std::size_t) {
        while (auto request = with.read_request()) {
            self->keep(std::move(*request));
            answer.wait();
            with.send(test::response_text(200));
        }
    });
    self = &peer;
    auto to = plain(peer.port());
    to->concurrency = 2;
    const endpoint_ptr fixed = to;
    for (int i = 0; i < 5; ++i)
        start(fixed);
    std::thread opener([&] {
        EXPECT_TRUE(peer.wait_for_requests(5));
        answer.open();
    });
    for (const auto& result : finish())
        EXPECT_EQ(result.status, 200);
    opener.join();
    EXPECT_EQ(tested->connections(), 2U);
}

TEST_F(keep_alive_test, all_connections_together_are_bounded) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    sender::settings settings;
    settings.max_connections = 3;
    make(settings);
    for (int i = 0; i < 10; ++i) {
        auto to = plain(peer.port());
        to->id = "endpoint" + std::to_string(i);
        EXPECT_EQ(attempt(to).status, 200);
        EXPECT_LE(tested->connections(), 3U);
    }
}

TEST_F(keep_alive_test, where_descriptors_run_out_what_is_idle_makes_room) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    make();
    auto other = plain(peer.port());
    other->id = "other";
    // The sanitizers look at each type once, and need descriptors to do so: let them see all of it before.
    EXPECT_EQ(attempt(other).status, 200);
    tested->make_room();
    EXPECT_EQ(tested->connections(), 0U);
    EXPECT_EQ(attempt(plain(peer.port())).status, 200);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit none_left = before;
    none_left.rlim_cur = 0;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
    EXPECT_EQ(attempt(other).error, transport_error::local);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(tested->connections(), 0U);
    EXPECT_EQ(attempt(other).status, 200);
}

TEST_F(keep_alive_test, an_old_connection_is_not_used_again) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    sender::settings settings;
    settings.max_connection_age = std::chrono::seconds(100);
    settings.max_idle = std::chrono::seconds(60);
    make(settings);
    const endpoint_ptr to = plain(peer.port());
    EXPECT_FALSE(attempt(to).reused_connection);
    time.ahead += std::chrono::seconds(50);
    EXPECT_TRUE(attempt(to).reused_connection);
    time.ahead += std::chrono::seconds(51);
    EXPECT_FALSE(attempt(to).reused_connection) << "over its age";
    time.ahead += std::chrono::seconds(61);
    EXPECT_FALSE(attempt(to).reused_connection) << "idle for too long";
}

/// A name may lead elsewhere by then, and a certificate may have been taken back.
TEST_F(keep_alive_test, no_connection_is_used_for_longer_than_five_minutes) {
    test::receiver* self = nullptr;
    test::receiver peer(test::answer_all(self, test::response_text(200)));
    self = &peer;
    make();
    const endpoint_ptr to = plain(peer.port());
    EXPECT_FALSE(attempt(to).reused_connection);
    for (int i = 0; i < 6; ++i) {
        time.ahead += std::chrono::seconds(49);
        EXPECT_TRUE(attempt(to).reused_connection) << i;
    }
    time.ahead += std::chrono::seconds(7);
    tested->sweep();
    EXPECT_EQ(tested->connections(), 0U) << "used often, and all the same too old";
    EXPECT_FALSE(attempt(to).reused_connection);
}

}  // namespace
}  // namespace postrider::delivery
