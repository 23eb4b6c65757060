#include <postrider/event/endpoint.h>
#include <postrider/guard/address_rules.h>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace postrider::guard {
namespace {

ip_address address(std::string_view text) {
    const auto parsed = ip_address::parse(text);
    if (!parsed) throw std::invalid_argument(std::string(text));
    return *parsed;
}

cidr range(std::string_view text) {
    const auto parsed = cidr::parse(text);
    if (!parsed) throw std::invalid_argument(std::string(text));
    return *parsed;
}

verdict judge_plain(std::string_view text) {
    return judge(address(text), 443, {});
}

verdict judge_private(std::string_view text) {
    address_rules rules;
    rules.allow_private_network = true;
    return judge(address(text), 443, rules);
}

struct row {
    const char* address;
    verdict plain;
    verdict with_private;
};

constexpr auto ok = verdict::allowed;
constexpr auto loopback = verdict::denied_loopback;
constexpr auto priv = verdict::denied_private;
constexpr auto link_local = verdict::denied_link_local;
constexpr auto metadata = verdict::denied_metadata;
constexpr auto reserved = verdict::denied_reserved;

// Each range: its first and last address, and the neighbours just outside.
const std::vector<row> ipv4_rows{
    {"0.0.0.0", reserved, reserved},
    {"0.255.255.255", reserved, reserved},
    {"1.0.0.0", ok, ok},
    {"9.255.255.255", ok, ok},
    {"10.0.0.0", priv, ok},
    {"10.255.255.255", priv, ok},
    {"11.0.0.0", ok, ok},
    {"100.63.255.255", ok, ok},
    {"100.64.0.0", priv, ok},
    {"100.127.255.255", priv, ok},
    {"100.128.0.0", ok, ok},
    {"100.100.100.199", priv, ok},
    {"100.100.100.200", metadata, metadata},
    {"100.100.100.201", priv, ok},
    {"126.255.255.255", ok, ok},
    {"127.0.0.0", loopback, ok},
    {"127.0.0.1", loopback, ok},
    {"127.255.255.255", loopback, ok},
    {"128.0.0.0", ok, ok},
    {"168.63.129.15", ok, ok},
    {"168.63.129.16", metadata, metadata},
    {"168.63.129.17", ok, ok},
    {"169.253.255.255", ok, ok},
    {"169.254.0.0", link_local, link_local},
    {"169.254.169.253", link_local, link_local},
    {"169.254.169.254", metadata, metadata},
    {"169.254.169.255", link_local, link_local},
    {"169.254.255.255", link_local, link_local},
    {"169.255.0.0", ok, ok},
    {"172.15.255.255", ok, ok},
    {"172.16.0.0", priv, ok},
    {"172.31.255.255", priv, ok},
    {"172.32.0.0", ok, ok},
    {"191.255.255.255", ok, ok},
    {"192.0.0.0", reserved, ok},
    {"192.0.0.192", metadata, metadata},
    {"192.0.0.255", reserved, ok},
    {"192.0.1.0", ok, ok},
    {"192.0.1.255", ok, ok},
    {"192.0.2.0", reserved, ok},
    {"192.0.2.255", reserved, ok},
    {"192.0.3.0", ok, ok},
    {"192.88.98.255", ok, ok},
    {"192.88.99.0", reserved, ok},
    {"192.88.99.255", reserved, ok},
    {"192.88.100.0", ok, ok},
    {"192.167.255.255", ok, ok},
    {"192.168.0.0", priv, ok},
    {"192.168.255.255", priv, ok},
    {"192.169.0.0", ok, ok},
    {"198.17.255.255", ok, ok},
    {"198.18.0.0", reserved, ok},
    {"198.19.255.255", reserved, ok},
    {"198.20.0.0", ok, ok},
    {"198.51.99.255", ok, ok},
    {"198.51.100.0", reserved, ok},
    {"198.51.100.255", reserved, ok},
    {"198.51.101.0", ok, ok},
    {"203.0.112.255", ok, ok},
    {"203.0.113.0", reserved, ok},
    {"203.0.113.255", reserved, ok},
    {"203.0.114.0", ok, ok},
    {"223.255.255.255", ok, ok},
    {"224.0.0.0", reserved, ok},
    {"239.255.255.255", reserved, ok},
    {"240.0.0.0", reserved, ok},
    {"255.255.255.255", reserved, ok},
    {"8.8.8.8", ok, ok},
};

const std::vector<row> ipv6_rows{
    {"::", reserved, reserved},
    {"::1", loopback, ok},
    {"::2", reserved, reserved},
    {"::127.0.0.1", reserved, reserved},
    {"::ffff:127.0.0.1", reserved, reserved},
    {"::ffff:8.8.8.8", reserved, reserved},
    {"::ffff:0:10.0.0.1", reserved, reserved},
    {"64:ff9b::169.254.169.254", reserved, reserved},
    {"64:ff9b:1::a00:1", reserved, reserved},
    {"ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", reserved, reserved},
    {"100::1", reserved, ok},
    {"1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", reserved, ok},
    {"2000::", ok, ok},
    {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ok, ok},
    {"2001::", reserved, reserved},
    {"2001:0:53aa:64c:0:fbfa:5fae:1234", reserved, reserved},
    {"2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", reserved, reserved},
    {"2001:200::", ok, ok},
    {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", ok, ok},
    {"2001:db8::", reserved, ok},
    {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", reserved, ok},
    {"2001:db9::", ok, ok},
    {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ok, ok},
    {"2002::", reserved, reserved},
    {"2002:a9fe:a9fe::", reserved, reserved},
    {"2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", reserved, reserved},
    {"2003::", ok, ok},
    {"2606:4700::1111", ok, ok},
    {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ok, ok},
    {"3fff::", reserved, ok},
    {"3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", reserved, ok},
    {"3fff:1000::", ok, ok},
    {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ok, ok},
    {"4000::", reserved, ok},
    {"fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", reserved, ok},
    {"fc00::", priv, ok},
    {"fd00:42::42", metadata, metadata},
    {"fd00:c1::a9fe:a9fe", metadata, metadata},
    {"fd00:ec1:ffff::", priv, ok},
    {"fd00:ec2::254", metadata, metadata},
    {"fd00:ec2::23", metadata, metadata},
    {"fd00:ec3::254", priv, ok},
    {"fd20:ce::254", metadata, metadata},
    {"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", priv, ok},
    {"fe00::", reserved, ok},
    {"fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", reserved, ok},
    {"fe80::", link_local, link_local},
    {"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", link_local, link_local},
    {"fec0::", priv, ok},
    {"feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", priv, ok},
    {"ff00::", reserved, ok},
    {"ff02::1", reserved, ok},
};

void expect_rows(const std::vector<row>& rows) {
    for (const auto& one : rows) {
        EXPECT_EQ(to_string(judge_plain(one.address)), to_string(one.plain)) << one.address;
        EXPECT_EQ(to_string(judge_private(one.address)), to_string(one.with_private))
            << one.address << " with allow_private_network";
    }
}

TEST(AddressRules, DeniesIpv4RangesAndNothingBesideThem) {
    expect_rows(ipv4_rows);
}
TEST(AddressRules, AllowsOnlyGlobalIpv6) {
    expect_rows(ipv6_rows);
}

TEST(AddressRules, CidrsLiftEverythingButOwnListeners) {
    address_rules rules;
    rules.allow_cidrs = {range("0.0.0.0/0"), range("::/0")};
    rules.redis = {{address("127.0.0.1"), 6379}};
    for (const auto& rows : {ipv4_rows, ipv6_rows})
        for (const auto& one : rows)
            EXPECT_EQ(judge(address(one.address), 6379, rules), ok) << one.address;
    rules.own_listeners = {{address("127.0.0.1"), 8081}};
    EXPECT_EQ(judge(address("127.0.0.1"), 8081, rules), verdict::denied_own_listener);
    EXPECT_EQ(judge(address("127.0.0.1"), 8082, rules), ok);
}

TEST(AddressRules, CidrOfIpv4DoesNotLiftEmbeddedForms) {
    address_rules rules;
    rules.allow_private_network = true;
    rules.allow_cidrs = {range("10.0.0.0/8"), range("169.254.0.0/16")};
    EXPECT_EQ(judge(address("10.1.2.3"), 443, rules), ok);
    EXPECT_EQ(judge(address("169.254.169.254"), 443, rules), ok);
    EXPECT_EQ(judge(address("::ffff:10.1.2.3"), 443, rules), reserved);
    rules.allow_cidrs.push_back(range("::ffff:10.0.0.0/104"));
    EXPECT_EQ(judge(address("::ffff:10.1.2.3"), 443, rules), ok);
    EXPECT_EQ(judge(address("::ffff:11.0.0.0"), 443, rules), reserved);
}

struct listener_row {
    const char* listener;
    const char* dialled;
    bool reached;
};

TEST(AddressRules, FindsOwnListenersInEveryDisguise) {
    const std::vector<listener_row> rows{
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.1", "127.0.0.2", false},
        {"127.0.0.1", "0.0.0.0", true},
        {"127.0.0.1", "::ffff:127.0.0.1", true},
        {"127.0.0.1", "::ffff:0.0.0.0", true},
        {"127.0.0.1", "::1", false},
        {"::1", "::1", true},
        {"::1", "::", true},
        {"::1", "127.0.0.1", false},
        {"0.0.0.0", "127.0.0.1", true},
        {"0.0.0.0", "127.9.9.9", true},
        {"0.0.0.0", "::1", true},
        {"0.0.0.0", "10.0.0.1", false},
        {"::", "127.0.0.1", true},
        {"::", "::1", true},
        {"::", "::ffff:127.0.0.1", true},
        {"::", "::", true},
        {"10.0.0.5", "10.0.0.5", true},
        {"10.0.0.5", "::ffff:10.0.0.5", true},
        {"10.0.0.5", "10.0.0.6", false},
        {"2600::5", "2600::5", true},
        {"::ffff:10.0.0.5", "10.0.0.5", true},
    };
    for (const auto& one : rows) {
        address_rules rules;
        rules.allow_private_network = true;
        rules.allow_cidrs = {range("0.0.0.0/0"), range("::/0")};
        rules.own_listeners = {{address("192.0.2.1"), 1}, {address(one.listener), 8080}};
        EXPECT_EQ(judge(address(one.dialled), 8080, rules), one.reached ? verdict::denied_own_listener : ok)
            << one.listener << " dialled as " << one.dialled;
        EXPECT_EQ(judge(address(one.dialled), 8081, rules), ok) << one.dialled;
    }
}

TEST(AddressRules, AListenerOnAllAddressesIsReachedByEveryInterface) {
    for (const auto* listener : {"0.0.0.0", "::"}) {
        address_rules rules;
        rules.allow_private_network = true;
        rules.allow_cidrs = {range("0.0.0.0/0"), range("::/0")};
        rules.own_listeners = {{address(listener), 8080}};
        rules.own_addresses = {address("10.0.0.5"), address("203.0.113.7"), address("2600::5")};
        for (const auto* own : {"10.0.0.5", "203.0.113.7", "2600::5", "::ffff:10.0.0.5", "127.0.0.1", "::1"})
            EXPECT_EQ(judge(address(own), 8080, rules), verdict::denied_own_listener) << own;
        for (const auto* other : {"10.0.0.6", "2600::6"})
            EXPECT_EQ(judge(address(other), 8080, rules), ok) << other;
        EXPECT_EQ(judge(address("10.0.0.5"), 8081, rules), ok) << "nothing of ours listens there";
    }
}

TEST(AddressRules, AListenerOnOneAddressIsReachedByThatOne) {
    address_rules rules;
    rules.allow_private_network = true;
    rules.own_listeners = {{address("10.0.0.5"), 8080}};
    rules.own_addresses = {address("10.0.0.5"), address("10.0.0.6")};
    EXPECT_EQ(judge(address("10.0.0.5"), 8080, rules), verdict::denied_own_listener);
    EXPECT_EQ(judge(address("10.0.0.6"), 8080, rules), ok);
}

/// Redis is configured by one address and most often listens on all of them: 127.0.0.2 is a way round the
/// rule.
TEST(AddressRules, RedisOnThisMachineIsNotReachedByAnotherAddressOfIt) {
    address_rules rules;
    rules.allow_private_network = true;
    rules.own_addresses = {address("10.0.0.5")};
    for (const auto* known : {"127.0.0.1", "10.0.0.5", "::1"}) {
        rules.redis = {{address(known), 6379}};
        for (const auto* way : {"127.0.0.1", "127.0.0.2", "10.0.0.5", "::1"})
            EXPECT_EQ(judge(address(way), 6379, rules), verdict::denied_redis) << known << " by " << way;
        EXPECT_EQ(judge(address("10.0.0.6"), 6379, rules), ok) << "another machine's";
    }
    rules.redis = {{address("10.0.0.9"), 6379}};
    EXPECT_EQ(judge(address("127.0.0.1"), 6379, rules), ok) << "a Redis elsewhere is at its address only";
}

TEST(AddressRules, WhatTheOperatorChoseMayBeAnywhereButHere) {
    address_rules rules;
    rules.own_listeners = {{address("0.0.0.0"), 8080}};
    rules.own_addresses = {address("10.0.0.5")};
    rules.redis = {{address("10.0.0.9"), 6379}};
    rules.allow_cidrs = {range("10.0.0.9/32")};
    for (const auto* chosen : {"10.0.0.1", "127.0.0.1", "169.254.1.1", "fd00::1", "8.8.8.8"})
        EXPECT_EQ(judge_chosen(address(chosen), 3128, rules), ok) << chosen;
    EXPECT_EQ(judge_chosen(address("10.0.0.5"), 8080, rules), verdict::denied_own_listener);
    EXPECT_EQ(judge_chosen(address("127.0.0.1"), 8080, rules), verdict::denied_own_listener);
    EXPECT_EQ(judge_chosen(address("10.0.0.9"), 6379, rules), verdict::denied_redis);
}

TEST(AddressRules, AreThoseOfTheDaemonAndOfTheEndpointTogether) {
    egress_rules of_daemon;
    of_daemon.allow_cidrs = {range("10.0.0.0/8")};
    of_daemon.own_listeners = {{address("10.0.0.5"), 1}};
    of_daemon.own_addresses = {address("10.0.0.5")};
    of_daemon.redis = {{address("10.0.0.9"), 6379}};
    endpoint of_tenant;
    of_tenant.allow_private_network = true;
    of_tenant.allow_cidrs = {range("192.168.0.0/16")};
    const auto rules = rules_for(of_tenant, of_daemon);
    EXPECT_TRUE(rules.allow_private_network);
    EXPECT_EQ(rules.allow_cidrs, (std::vector<cidr>{range("10.0.0.0/8"), range("192.168.0.0/16")}));
    EXPECT_EQ(rules.own_listeners, of_daemon.own_listeners);
    EXPECT_EQ(rules.own_addresses, of_daemon.own_addresses);
    EXPECT_EQ(rules.redis, of_daemon.redis);
}

TEST(AddressRules, PrivateNetworkDoesNotLiftRedis) {
    address_rules rules;
    rules.allow_private_network = true;
    rules.redis = {{address("10.0.0.9"), 6379}, {address("8.8.8.8"), 6379}};
    EXPECT_EQ(judge(address("10.0.0.9"), 6379, rules), verdict::denied_redis);
    EXPECT_EQ(judge(address("8.8.8.8"), 6379, rules), verdict::denied_redis);
    EXPECT_EQ(judge(address("10.0.0.9"), 6380, rules), ok);
    rules.allow_cidrs = {range("10.0.0.9/32")};
    EXPECT_EQ(judge(address("10.0.0.9"), 6379, rules), ok);
    EXPECT_EQ(judge(address("8.8.8.8"), 6379, rules), verdict::denied_redis);
}

TEST(AddressRules, NamesEveryVerdict) {
    EXPECT_EQ(to_string(verdict::allowed), "allowed");
    EXPECT_EQ(to_string(verdict::denied_own_listener), "denied_own_listener");
    EXPECT_EQ(to_string(verdict::denied_redis), "denied_redis");
}

RC_GTEST_PROP(AddressRules, EveryAddressThatEmbedsIpv4IsDeniedWhateverIsPrivate, ()) {
    const std::vector<std::string> prefixes{"::", "::ffff:", "::ffff:0:", "64:ff9b::", "64:ff9b:1::"};
    const auto prefix = *rc::gen::elementOf(prefixes);
    ip_address inner;
    for (std::size_t i = 0; i < 4; ++i)
        inner.bytes[i] = *rc::gen::arbitrary<std::uint8_t>();
    const auto embedded = address(prefix + inner.to_string());
    RC_PRE(embedded != address("::1"));
    address_rules rules;
    rules.allow_private_network = true;
    RC_ASSERT(judge(embedded, 443, rules) == verdict::denied_reserved);
}

}  // namespace
}  // namespace postrider::guard
