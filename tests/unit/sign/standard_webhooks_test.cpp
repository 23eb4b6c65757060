#include <postrider/base/encoding.h>
#include <postrider/sign/standard_webhooks.h>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>

namespace postrider::sign {
namespace {

const secret known_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
constexpr const char* known_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr const char* known_timestamp = "1614265330";
constexpr const char* known_body = R"({"test": 2432232314})";
constexpr const char* known_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr std::int64_t known_time = 1614265330;

const secret seed_of_zeros("whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");

std::string sign(const secret& key, std::string_view id, std::string_view timestamp, std::string_view body) {
    std::string signature;
    signing_key::parse(key)->append_signature(id, timestamp, body, signature);
    return signature;
}

TEST(standard_webhooks, gives_the_known_answer) {
    EXPECT_EQ(sign(known_secret, known_id, known_timestamp, known_body), known_signature);
    EXPECT_TRUE(
        verify(known_secret, known_id, known_timestamp, known_body, known_signature, known_time, 300));
}

TEST(standard_webhooks, signs_again_and_again_with_one_key) {
    auto key = signing_key::parse(known_secret);
    std::string out = "before ";
    key->append_signature("other", "1", "text", out);
    out = "before ";
    key->append_signature(known_id, known_timestamp, known_body, out);
    EXPECT_EQ(out, std::string("before ") + known_signature);
}

TEST(standard_webhooks, signs_v1a_with_ed25519) {
    const auto signature = sign(seed_of_zeros, known_id, known_timestamp, known_body);
    EXPECT_TRUE(signature.starts_with("v1a,"));
    EXPECT_EQ(from_base64(signature.substr(4))->size(), 64U);
    EXPECT_TRUE(verify(seed_of_zeros, known_id, known_timestamp, known_body, signature, known_time, 0));
}

TEST(standard_webhooks, verifies_with_the_public_key) {
    system_random random;
    const auto pair = make_ed25519_pair(random);
    const auto signature = sign(pair.private_key, "id", "5", "body");
    EXPECT_TRUE(verify(secret(pair.public_key), "id", "5", "body", signature, 5, 0));
    const auto other = make_ed25519_pair(random);
    EXPECT_FALSE(verify(secret(other.public_key), "id", "5", "body", signature, 5, 0));
}

RC_GTEST_PROP(standard_webhooks, verifies_what_it_signed,
              (const std::string& id, const std::string& body, bool ed25519)) {
    system_random random;
    const auto key = ed25519 ? make_ed25519_pair(random).private_key : make_hmac_secret(random);
    RC_ASSERT(verify(key, id, "7", body, sign(key, id, "7", body), 7, 0).has_value());
}

RC_GTEST_PROP(standard_webhooks, fails_with_any_changed_byte, (const std::string& body, bool ed25519)) {
    const auto& key = ed25519 ? seed_of_zeros : known_secret;
    std::string parts[] = {known_id, known_timestamp, body, sign(key, known_id, known_timestamp, body)};
    const auto which = *rc::gen::inRange<std::size_t>(0, std::size(parts));
    auto& part = parts[which];
    RC_PRE(!part.empty());
    auto& byte = part[*rc::gen::inRange<std::size_t>(0, part.size())];
    byte = *rc::gen::suchThat(rc::gen::arbitrary<char>(), [&](char other) { return other != byte; });
    constexpr auto any_age = std::numeric_limits<std::int64_t>::max();
    RC_ASSERT(!verify(key, parts[0], parts[1], parts[2], parts[3], known_time, any_age).has_value());
}

RC_GTEST_PROP(standard_webhooks, fails_when_something_is_added, (const std::string& more, bool ed25519)) {
    RC_PRE(!more.empty());
    const auto& key = ed25519 ? seed_of_zeros : known_secret;
    const auto signature = sign(key, "id", "7", "body");
    RC_ASSERT(!verify(key, "id", "7", "body" + more, signature, 7, 0).has_value());
    RC_ASSERT(!verify(key, "id" + more, "7", "body", signature, 7, 0).has_value());
}

struct header {
    std::string signatures;
    const char* error;  ///< empty: right
};

class signature_headers : public testing::TestWithParam<header> {};

TEST_P(signature_headers, are_read) {
    const auto& [signatures, error] = GetParam();
    const auto result =
        verify(known_secret, known_id, known_timestamp, known_body, signatures, known_time, 0);
    if (*error == '\0') {
        EXPECT_TRUE(result) << result.error();
    } else {
        ASSERT_FALSE(result);
        EXPECT_NE(result.error().find(error), std::string::npos) << result.error();
    }
}

const std::string good = known_signature;
const std::string wrong = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

INSTANTIATE_TEST_SUITE_P(
    table, signature_headers,
    testing::Values(header{good, ""}, header{wrong + " " + good, ""}, header{good + " " + wrong, ""},
                    header{"v2,xyz v1a,AAAA " + good, ""}, header{"  " + good + "  ", ""},
                    header{", v1 v1, " + good, ""}, header{wrong, "no v1 signature matches"},
                    header{wrong + " " + wrong, "no v1 signature matches"},
                    header{"", "there is no v1 signature"}, header{" ", "there is no v1 signature"},
                    header{"v1", "there is no v1 signature"}, header{"v1,", "no v1 signature matches"},
                    header{"v2," + good.substr(3), "there is no v1 signature"},
                    header{"v1a," + good.substr(3), "there is no v1 signature"},
                    header{"V1," + good.substr(3), "there is no v1 signature"},
                    header{good.substr(3), "there is no v1 signature"},
                    header{good + "=", "no v1 signature matches"},
                    header{good.substr(0, good.size() - 1), "no v1 signature matches"},
                    header{"v1, " + good.substr(3), "no v1 signature matches"}));

struct moment {
    const char* timestamp;
    std::int64_t now;
    std::int64_t tolerance;
    const char* error;
};

class timestamps : public testing::TestWithParam<moment> {};

TEST_P(timestamps, are_checked) {
    const auto& [timestamp, now, tolerance, error] = GetParam();
    const auto signature = sign(known_secret, known_id, timestamp, known_body);
    const auto result = verify(known_secret, known_id, timestamp, known_body, signature, now, tolerance);
    if (*error == '\0') {
        EXPECT_TRUE(result) << result.error();
    } else {
        ASSERT_FALSE(result);
        EXPECT_NE(result.error().find(error), std::string::npos) << result.error();
    }
}

constexpr auto most = std::numeric_limits<std::int64_t>::max();

INSTANTIATE_TEST_SUITE_P(
    table, timestamps,
    testing::Values(moment{"1000", 1000, 0, ""}, moment{"1000", 1300, 300, ""}, moment{"1000", 700, 300, ""},
                    moment{"1000", 1301, 300, "too old"}, moment{"1000", 699, 300, "too new"},
                    moment{"9223372036854775807", 0, 300, "too new"},
                    moment{"9223372036854775807", 0, most, ""}, moment{"0", most, 300, "too old"},
                    moment{"9223372036854775807", -1, 300, "too new"},
                    moment{"9223372036854775808", 1000, 300, "in digits"}, moment{"-5", 0, 300, "in digits"},
                    moment{"", 1000, 300, "in digits"}, moment{"1000 ", 1000, 300, "in digits"},
                    moment{"+1000", 1000, 300, "in digits"}, moment{"1000.0", 1000, 300, "in digits"},
                    moment{"now", 1000, 300, "in digits"}));

TEST(verification, says_what_is_wrong_with_the_key) {
    const auto result = verify(secret("whsec_short"), "id", "1", "body", "v1,x", 1, 0);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().find("whsec_"), std::string::npos);
    EXPECT_EQ(result.error().find("short"), std::string::npos);
}

TEST(verification, takes_no_hmac_key_for_ed25519) {
    const auto signature = sign(seed_of_zeros, "id", "1", "body");
    EXPECT_FALSE(verify(known_secret, "id", "1", "body", signature, 1, 0));
    EXPECT_FALSE(verify(seed_of_zeros, "id", "1", "body", "v1a,", 1, 0));
    EXPECT_FALSE(verify(seed_of_zeros, "id", "1", "body", "v1a,AAAA", 1, 0));
}

TEST(verification, finds_nothing_right_under_a_key_that_is_no_point) {
    const secret no_point("whpk_" + to_base64(bytes_of(std::string(32, '\xff'))));
    EXPECT_FALSE(verify(no_point, "id", "1", "body", sign(seed_of_zeros, "id", "1", "body"), 1, 0));
}

}  // namespace
}  // namespace postrider::sign
