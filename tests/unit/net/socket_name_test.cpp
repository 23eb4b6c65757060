#include <gtest/gtest.h>
#include <net/socket_name.h>

namespace postrider::net {
namespace {

TEST(socket_name, keeps_address_and_port) {
    for (const char* text : {"192.0.2.7", "2001:db8::7", "::1", "0.0.0.0", "255.255.255.255"}) {
        const auto address = *ip_address::parse(text);
        const socket_name name = to_socket_name(address, 8443);
        EXPECT_EQ(address_of(name.storage), address) << text;
        EXPECT_EQ(port_of(name.storage), 8443) << text;
    }
}

TEST(socket_name, takes_a_mapped_address_for_ipv4) {
    const socket_name name = to_socket_name(*ip_address::parse("::ffff:192.0.2.7"), 80);
    EXPECT_EQ(address_of(name.storage), *ip_address::parse("192.0.2.7"));
    EXPECT_EQ(exact_address_of(name.storage), *ip_address::parse("::ffff:192.0.2.7")) << "as it stands there";
}

TEST(socket_name, writes_ipv6_in_brackets) {
    EXPECT_EQ(to_text(*ip_address::parse("192.0.2.7"), 80), "192.0.2.7:80");
    EXPECT_EQ(to_text(*ip_address::parse("::1"), 443), "[::1]:443");
}

}  // namespace
}  // namespace postrider::net
