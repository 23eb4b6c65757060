#include <postrider/base/encoding.h>
#include <postrider/sign/standard_webhooks.h>

#include <gtest/gtest.h>

#include <string>

namespace postrider::sign {
namespace {

std::string base64_of(std::size_t size, char fill = 'k') {
    return to_base64(bytes_of(std::string(size, fill)));
}

class good_keys : public testing::TestWithParam<std::string> {};

TEST_P(good_keys, sign) {
    EXPECT_TRUE(signing_key::parse(secret(GetParam())));
}

INSTANTIATE_TEST_SUITE_P(table, good_keys,
                         testing::Values("whsec_" + base64_of(24), "whsec_" + base64_of(32),
                                         "whsec_" + base64_of(63), "whsec_" + base64_of(64),
                                         "whsk_" + base64_of(32)));

struct row {
    std::string text;
    const char* allowed;  ///< what the error says
};

class bad_keys : public testing::TestWithParam<row> {};

TEST_P(bad_keys, are_refused_without_being_shown) {
    const auto& [text, allowed] = GetParam();
    const auto key = signing_key::parse(secret(text));
    ASSERT_FALSE(key);
    EXPECT_NE(key.error().find(allowed), std::string::npos) << key.error();
    const auto behind = text.substr(std::min(text.find('_') + 1, text.size()));
    if (behind.size() < 5) return;
    EXPECT_EQ(key.error().find(behind.substr(0, 5)), std::string::npos) << key.error();
}

INSTANTIATE_TEST_SUITE_P(
    table, bad_keys,
    testing::Values(row{"", "begins with whsec_"}, row{"hunter2hunter2", "begins with whsec_"},
                    row{"WHSEC_" + base64_of(32), "begins with whsec_"},
                    row{base64_of(32), "begins with whsec_"}, row{"whsec_", "24 to 64"},
                    row{"whsec_" + base64_of(23), "24 to 64"}, row{"whsec_" + base64_of(65), "24 to 64"},
                    row{"whsec_" + base64_of(32) + "\n", "standard base64"},
                    row{" whsec_" + base64_of(32), "begins with whsec_"},
                    row{"whsec_????" + base64_of(32), "standard base64"},
                    row{"whsk_" + base64_of(31), "32 byte seed"},
                    row{"whsk_" + base64_of(33), "32 byte seed"},
                    row{"whsk_" + base64_of(64), "public key of the first 32"},
                    row{"whsk_!", "standard base64"}, row{"whpk_" + base64_of(32), "cannot sign"},
                    row{"whpk_" + base64_of(31), "base64 of 32 bytes"}, row{"whpk_-", "standard base64"}));

TEST(made_keys, are_good_and_differ) {
    system_random random;
    const auto first = make_hmac_secret(random);
    EXPECT_TRUE(first.reveal().starts_with("whsec_"));
    EXPECT_EQ(from_base64(first.reveal().substr(6))->size(), 32U);
    EXPECT_TRUE(signing_key::parse(first));
    EXPECT_FALSE(first == make_hmac_secret(random));
}

TEST(made_pairs, hold_the_public_key_twice) {
    system_random random;
    const auto pair = make_ed25519_pair(random);
    EXPECT_TRUE(signing_key::parse(pair.private_key));
    const auto both = from_base64(pair.private_key.reveal().substr(5));
    ASSERT_EQ(both->size(), 64U);
    EXPECT_EQ(pair.public_key, "whpk_" + to_base64(bytes_of(both->substr(32))));
}

}  // namespace
}  // namespace postrider::sign
