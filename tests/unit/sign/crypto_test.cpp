#include <postrider/base/encoding.h>
#include <postrider/sign/hmac.h>

#include <gtest/gtest.h>
#include <sign/ed25519.h>

#include <charconv>
#include <string>

namespace postrider::sign {
namespace {

std::string from_hex(std::string_view text) {
    std::string bytes;
    for (std::size_t n = 0; n < text.size(); n += 2) {
        unsigned value = 0;
        std::from_chars(text.data() + n, text.data() + n + 2, value, 16);
        bytes.push_back(static_cast<char>(value));
    }
    return bytes;
}

struct hmac_row {
    std::string key;
    std::string text;
    const char* digest;
};

class rfc4231 : public testing::TestWithParam<hmac_row> {};

TEST_P(rfc4231, holds) {
    hmac_sha256 hmac(GetParam().key);
    const std::string_view text = GetParam().text;
    EXPECT_EQ(to_hex(hmac.compute({text})), GetParam().digest);
    EXPECT_EQ(to_hex(hmac.compute({text.substr(0, 3), "", text.substr(3)})), GetParam().digest)
        << "again, in parts";
}

INSTANTIATE_TEST_SUITE_P(
    table, rfc4231,
    testing::Values(hmac_row{std::string(20, '\x0b'), "Hi There",
                             "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
                    hmac_row{"Jefe", "what do ya want for nothing?",
                             "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
                    hmac_row{std::string(20, '\xaa'), std::string(50, '\xdd'),
                             "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
                    hmac_row{std::string(131, '\xaa'),
                             "Test Using Larger Than Block-Size Key - Hash Key First",
                             "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"}));

TEST(hmac, keeps_keys_apart_that_sign_in_turns) {
    const hmac_sha256 one("Jefe");
    const hmac_sha256 empty("");
    const auto first = one.compute({"text"});
    EXPECT_EQ(to_hex(empty.compute({""})),
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
    EXPECT_EQ(one.compute({"text"}), first);
    EXPECT_NE(hmac_sha256("other").compute({"text"}), first);
}

struct ed25519_row {
    const char* seed;
    const char* point;
    const char* text;
    const char* signature;
};

class rfc8032 : public testing::TestWithParam<ed25519_row> {};

TEST_P(rfc8032, holds) {
    auto key = ed25519_key::from_seed(from_hex(GetParam().seed));
    const std::string text = from_hex(GetParam().text);
    EXPECT_EQ(key.public_bytes(), from_hex(GetParam().point));
    EXPECT_EQ(to_hex(key.sign(text)), GetParam().signature);
    EXPECT_EQ(to_hex(key.sign(text)), GetParam().signature) << "with the same context again";
    auto verifier = ed25519_key::from_public(from_hex(GetParam().point));
    EXPECT_TRUE(verifier.verify(text, from_hex(GetParam().signature)));
    EXPECT_FALSE(verifier.verify(text + "x", from_hex(GetParam().signature)));
    EXPECT_FALSE(verifier.verify(text, ""));
    EXPECT_FALSE(verifier.verify(text, std::string(64, '\0')));
}

// Section 7.1, tests 1 and 2.
INSTANTIATE_TEST_SUITE_P(
    table, rfc8032,
    testing::Values(
        ed25519_row{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e"
                    "39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        ed25519_row{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f"
                    "3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"}));

}  // namespace
}  // namespace postrider::sign
