#include <postrider/event/address.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace postrider {
namespace {

struct spelling {
    std::string_view text;
    const char* canonical;
};

class addresses : public testing::TestWithParam<spelling> {};

TEST_P(addresses, are_parsed) {
    const auto address = ip_address::parse(GetParam().text);
    ASSERT_TRUE(address);
    EXPECT_EQ(address->to_string(), GetParam().canonical);
    EXPECT_EQ(ip_address::parse(address->to_string()), address);
}

INSTANTIATE_TEST_SUITE_P(table, addresses,
                         testing::Values(spelling{"0.0.0.0", "0.0.0.0"}, spelling{"127.0.0.1", "127.0.0.1"},
                                         spelling{"255.255.255.255", "255.255.255.255"}, spelling{"::", "::"},
                                         spelling{"::1", "::1"}, spelling{"2001:DB8:0:0::1", "2001:db8::1"},
                                         spelling{"::ffff:127.0.0.1", "::ffff:127.0.0.1"},
                                         spelling{"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
                                                  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}));

using namespace std::string_view_literals;

class not_addresses : public testing::TestWithParam<std::string_view> {};

TEST_P(not_addresses, are_refused) {
    EXPECT_EQ(ip_address::parse(GetParam()), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(table, not_addresses,
                         testing::Values("", ".", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1",
                                         "127.0.0.01", "256.0.0.1", "1.2.3.4.5", "1.2.3.4 ", " 1.2.3.4",
                                         "1.2.3.4\n", "1.2.3.4\0"sv, "1.2.3.4\0.5"sv, "::1%lo", "[::1]", ":",
                                         ":::", "1::2::3", "12345::", "localhost", "::1/128",
                                         "1111:1111:1111:1111:1111:1111:111.111.111.1111"));

RC_GTEST_PROP(address, reads_its_own_text, (bool v6, const std::array<std::uint8_t, 16>& bytes)) {
    ip_address address{v6, bytes};
    if (!v6) std::fill(address.bytes.begin() + 4, address.bytes.end(), std::uint8_t{0});
    RC_ASSERT(ip_address::parse(address.to_string()) == address);
}

class not_ranges : public testing::TestWithParam<std::string_view> {};

TEST_P(not_ranges, are_refused) {
    EXPECT_EQ(cidr::parse(GetParam()), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(table, not_ranges,
                         testing::Values("", "/", "10.0.0.0", "10.0.0.0/", "/8", "10.0.0.0/33", "10.0.0.0/-1",
                                         "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8 ", "10.0.0.0/ 8",
                                         "10.0.0.0/8/8", "10.0.0.1/8", "10.0.0.0/256", "10.0.0.0/264",
                                         "::/129", "2001:db8::1/127", "8000::/0", "10.0.0.0/4294967304",
                                         "10.0.0.0/255.0.0.0", "10/8"));

struct membership {
    const char* range;
    const char* address;
    bool inside;
};

class ranges : public testing::TestWithParam<membership> {};

TEST_P(ranges, contain_their_addresses) {
    const auto range = cidr::parse(GetParam().range);
    const auto address = ip_address::parse(GetParam().address);
    ASSERT_TRUE(range && address);
    EXPECT_EQ(range->contains(*address), GetParam().inside);
}

INSTANTIATE_TEST_SUITE_P(
    table, ranges,
    testing::Values(
        membership{"10.0.0.0/8", "10.0.0.0", true}, membership{"10.0.0.0/8", "10.255.255.255", true},
        membership{"10.0.0.0/8", "11.0.0.0", false}, membership{"10.0.0.0/8", "9.255.255.255", false},
        membership{"100.64.0.0/10", "100.127.255.255", true},
        membership{"100.64.0.0/10", "100.128.0.0", false},
        membership{"100.64.0.0/10", "100.63.255.255", false}, membership{"192.0.2.7/32", "192.0.2.7", true},
        membership{"192.0.2.7/32", "192.0.2.6", false}, membership{"0.0.0.0/0", "203.0.113.9", true},
        membership{"0.0.0.0/0", "::", false}, membership{"::/0", "2001:db8::1", true},
        membership{"::/0", "10.0.0.1", false}, membership{"2001:db8::/32", "2001:db8:ffff::1", true},
        membership{"2001:db8::/32", "2001:db9::", false}, membership{"2000::/3", "3fff:ffff::", true},
        membership{"2000::/3", "4000::", false}, membership{"::1/128", "::1", true},
        membership{"::1/128", "::2", false}, membership{"::ffff:0:0/96", "127.0.0.1", false}));

}  // namespace
}  // namespace postrider
