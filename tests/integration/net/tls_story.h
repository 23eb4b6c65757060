#pragma once

#include <postrider/net/tls_context.h>
#include <postrider/net/transport.h>

#include <gtest/gtest.h>
#include <support/net/certificate.h>
#include <support/net/receiver.h>
#include <support/net/run.h>
#include <support/net/temporary_directory.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace postrider::net {

/// Connections over TLS to receivers with certificates made on the spot.
struct tls_story : testing::Test {
    static inline const ip_address loopback = *ip_address::parse("127.0.0.1");
    boost::asio::io_context context;
    connect_handle handle;
    test::certificate_authority authority;
    test::temporary_directory directory;
    /// What the receivers saw.
    struct seen {
        std::string plain_text;
        std::string server_name;
        bool resumed = false;
    };
    seen last;

    tls_settings trusting() {
        tls_settings settings;
        settings.ca_file = directory.write("ca.pem", authority.pem());
        return settings;
    }
    test::tls_server server(const test::certificate_request& request = {}) {
        test::tls_server made;
        made.own = authority.issue(request);
        return made;
    }
    test::receiver::script echo_once() {
        return [this](test::peer& with, std::size_t) {
            if (auto head = with.read_head()) with.send(*head);
            last.plain_text = with.received();
            last.server_name = with.server_name();
            last.resumed = with.resumed();
        };
    }
    std::shared_ptr<tls_context> make(const tls_settings& settings) {
        auto made = tls_context::make(settings);
        EXPECT_TRUE(made) << made.error();
        return made ? *made : nullptr;
    }
    connect_result connect(std::uint16_t port, std::shared_ptr<tls_context> with,
                           const std::string& name = "127.0.0.1") {
        return test::run(context,
                         connect_tls(context.get_executor(), loopback, port, std::move(with), name, handle));
    }
    std::string exchange(transport& over, std::string_view bytes) {
        if (const auto error = test::run(context, over.write_all(bytes))) return error.message();
        std::array<char, 100> buffer{};
        const auto got = test::run(context, over.read_some(buffer));
        return got ? std::string(buffer.data(), *got) : got.error().message();
    }
    /// The error of a connection that must fail, and nothing told to the server.
    connect_error refusal(const test::tls_server& server, const tls_settings& settings,
                          const std::string& name = "127.0.0.1") {
        test::receiver peer(echo_once(), server);
        const auto connected = connect(peer.port(), make(settings), name);
        EXPECT_TRUE(peer.wait_for_ends(1));
        EXPECT_EQ(last.plain_text, "");
        if (connected) return {};
        EXPECT_EQ(connected.error().where, connect_error::step::handshake);
        return connected.error();
    }
};

}  // namespace postrider::net
