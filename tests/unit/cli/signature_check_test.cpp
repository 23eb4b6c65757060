#include <postrider/sign/standard_webhooks.h>

#include <cli/signature_check.h>
#include <gtest/gtest.h>

namespace postrider::cli {
namespace {

constexpr auto known_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const wall_time known_time{std::chrono::seconds(1614265330)};

http::request known_delivery() {
    http::request request;
    request.headers = {{"Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                       {"Webhook-Timestamp", "1614265330"},
                       {"Webhook-Signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}};
    request.body = R"({"test": 2432232314})";
    return request;
}

verdict check(std::vector<std::string> secrets, const http::request& request, wall_time now = known_time) {
    const auto made = signature_check::make(std::move(secrets));
    EXPECT_TRUE(made) << made.error();
    return (*made)(request, now);
}

TEST(signature_check, knows_the_known_answer) {
    EXPECT_EQ(check({known_secret}, known_delivery()).what, verdict::kind::verified);
}

TEST(signature_check, refuses_another_body_and_an_old_one) {
    auto changed = known_delivery();
    changed.body += ' ';
    EXPECT_EQ(check({known_secret}, changed).what, verdict::kind::refused);
    const auto late = check({known_secret}, known_delivery(), known_time + std::chrono::seconds(301));
    EXPECT_EQ(late.what, verdict::kind::refused);
    EXPECT_NE(late.reason, "");
}

TEST(signature_check, names_the_header_that_is_missing) {
    for (const std::string name : {"webhook-id", "webhook-timestamp", "webhook-signature"}) {
        auto request = known_delivery();
        std::erase_if(request.headers, [&](const auto& header) {
            return header.first.size() == name.size() && request.header(name) == header.second;
        });
        EXPECT_EQ(check({known_secret}, request), (verdict{verdict::kind::refused, "no header " + name}));
    }
}

TEST(signature_check, one_of_several_secrets_is_enough) {
    system_random random;
    const std::string other(sign::make_hmac_secret(random).reveal());
    EXPECT_EQ(check({other, known_secret}, known_delivery()).what, verdict::kind::verified);
    EXPECT_EQ(check({other}, known_delivery()).what, verdict::kind::refused);
}

TEST(signature_check, verifies_ed25519_with_the_public_key) {
    system_random random;
    const auto pair = sign::make_ed25519_pair(random);
    auto request = known_delivery();
    auto key = sign::signing_key::parse(pair.private_key);
    ASSERT_TRUE(key);
    std::string signature;
    key->append_signature(request.header("webhook-id"), request.header("webhook-timestamp"), request.body,
                          signature);
    request.headers[2].second = signature;
    EXPECT_EQ(check({pair.public_key}, request).what, verdict::kind::verified);
}

TEST(signature_check, takes_any_other_secret_for_an_hmac_of_the_body) {
    // RFC 4231, test case 2.
    http::request request;
    request.body = "what do ya want for nothing?";
    request.headers = {
        {"X-Signature-256", "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"}};
    EXPECT_EQ(check({"Jefe"}, request).what, verdict::kind::verified);
    request.body += '!';
    EXPECT_EQ(check({"Jefe"}, request).what, verdict::kind::refused);
    request.headers.clear();
    EXPECT_EQ(check({"Jefe"}, request).reason, "no header X-Signature-256");
}

TEST(signature_check, checks_nothing_without_a_secret) {
    EXPECT_EQ(check({}, known_delivery()).what, verdict::kind::unchecked);
}

TEST(signature_check, refuses_secrets_that_cannot_be_one_and_never_shows_them) {
    for (const std::string text : {"whsec_!!!", "whsk_c2hvcnQ=", "whsec_c2hvcnQ="}) {
        const auto made = signature_check::make({text});
        ASSERT_FALSE(made) << text;
        EXPECT_EQ(made.error().find(text.substr(6)), std::string::npos) << made.error();
    }
    EXPECT_FALSE(signature_check::make({""}));
}

}  // namespace
}  // namespace postrider::cli
