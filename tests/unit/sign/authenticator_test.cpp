#include <postrider/sign/authenticator.h>
#include <postrider/sign/standard_webhooks.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace postrider::sign {
namespace {

constexpr wall_time now{milliseconds(1'614'265'330'000)};
constexpr const char* id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr const char* timestamp = "1614265330";
constexpr const char* body = R"({"test": 2432232314})";
constexpr const char* first_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* first_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr const char* second_secret = "whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

live_secret live(const char* text, std::optional<wall_time> expires_at = std::nullopt) {
    return {secret(text), expires_at};
}

std::string lines(std::vector<authentication> authentications, wall_time when = now) {
    auto compiled = authenticator::compile(authentications);
    if (!compiled) return "error: " + compiled.error();
    std::string out;
    compiled->append_headers(id, timestamp, body, when, out);
    return out;
}

std::string signature_of(const char* key) {
    std::string out;
    signing_key::parse(secret(key))->append_signature(id, timestamp, body, out);
    return out;
}

/// HMAC-SHA256 of `body`, made by another program: printf BODY | openssl dgst -sha256 -hmac KEY
constexpr const char* hex_by_alpha = "07b91e36691ed8cd154e7d79431f65e10070c8b426f6725e9077ac7c1bc32c67";
constexpr const char* hex_by_beta = "55a96ef92e293c3b3d2ef0f5b9760c66f6738ecfdc1262a5d4751966b75fc7a2";

TEST(standard_webhooks_auth, writes_every_live_secret_side_by_side) {
    EXPECT_EQ(lines({standard_webhooks_auth{{live(first_secret)}}}),
              std::string("webhook-signature: ") + first_signature + "\r\n");
    EXPECT_EQ(lines({standard_webhooks_auth{{live(second_secret), live(first_secret)}}}),
              "webhook-signature: " + signature_of(second_secret) + " " + first_signature + "\r\n");
}

TEST(standard_webhooks_auth, leaves_expired_secrets_out) {
    const std::vector<authentication> both{
        standard_webhooks_auth{{live(second_secret), live(first_secret, now)}}};
    EXPECT_EQ(lines(both, now - milliseconds(1)),
              "webhook-signature: " + signature_of(second_secret) + " " + first_signature + "\r\n");
    EXPECT_EQ(lines(both, now), "webhook-signature: " + signature_of(second_secret) + "\r\n");
}

TEST(standard_webhooks_auth, writes_no_line_when_all_have_expired) {
    EXPECT_EQ(lines({standard_webhooks_auth{{live(first_secret, now)}}}), "");
}

TEST(hmac_sha256_auth, signs_the_body_and_names_the_event) {
    EXPECT_EQ(lines({hmac_sha256_auth{{live("alpha")}}}),
              std::string("X-Signature-256: sha256=") + hex_by_alpha + "\r\nX-Event-ID: " + id + "\r\n");
}

TEST(hmac_sha256_auth, writes_the_second_secret_as_previous) {
    const std::vector<authentication> all{
        hmac_sha256_auth{{live("alpha", now), live("beta"), live("gamma")}, "X-Hub-Signature"}};
    const std::string header = "X-Hub-Signature";
    EXPECT_EQ(lines(all, now - milliseconds(1)), header + ": sha256=" + hex_by_alpha + "\r\n" + header +
                                                     "-Previous: sha256=" + hex_by_beta +
                                                     "\r\nX-Event-ID: " + id + "\r\n");
    const std::string later = lines(all, now);
    EXPECT_TRUE(
        later.starts_with(header + ": sha256=" + hex_by_beta + "\r\n" + header + "-Previous: sha256="));
}

TEST(bearer_auth, writes_its_header) {
    EXPECT_EQ(lines({bearer_auth{secret("t0ken")}}), "Authorization: Bearer t0ken\r\n");
    EXPECT_EQ(lines({bearer_auth{secret("t0ken"), "X-Token"}}), "X-Token: Bearer t0ken\r\n");
}

TEST(basic_auth, encodes_name_and_password) {
    EXPECT_EQ(lines({basic_auth{"Aladdin", secret("open sesame")}}),
              "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n");
    EXPECT_EQ(lines({basic_auth{"", secret()}}), "Authorization: Basic Og==\r\n");
}

TEST(api_key_auth, writes_its_header) {
    EXPECT_EQ(lines({api_key_auth{"X-Api-Key", secret("k3y")}}), "X-Api-Key: k3y\r\n");
}

TEST(authentications, all_apply) {
    EXPECT_EQ(lines({api_key_auth{"X-Api-Key", secret("k3y")}, standard_webhooks_auth{{live(first_secret)}},
                     bearer_auth{secret("t0ken")}}),
              std::string("webhook-signature: ") + first_signature +
                  "\r\nX-Api-Key: k3y\r\nAuthorization: Bearer t0ken\r\n");
    EXPECT_EQ(lines({}), "");
}

TEST(authentications, name_the_event_once) {
    const auto out =
        lines({hmac_sha256_auth{{live("alpha")}, "X-One"}, hmac_sha256_auth{{live("beta")}, "X-Two"}});
    EXPECT_EQ(out, std::string("X-One: sha256=") + hex_by_alpha + "\r\nX-Two: sha256=" + hex_by_beta +
                       "\r\nX-Event-ID: " + id + "\r\n");
}

struct refusal {
    std::vector<authentication> authentications;
    const char* why;
};

class refused : public testing::TestWithParam<refusal> {};

TEST_P(refused, says_which_and_why) {
    const auto compiled = authenticator::compile(GetParam().authentications);
    ASSERT_FALSE(compiled);
    EXPECT_NE(compiled.error().find(GetParam().why), std::string::npos) << compiled.error();
    EXPECT_EQ(compiled.error().find("hunter2"), std::string::npos) << compiled.error();
}

const live_secret good = live(first_secret);

INSTANTIATE_TEST_SUITE_P(
    table, refused,
    testing::Values(
        refusal{{standard_webhooks_auth{}}, "authentication 1 (standard_webhooks): a secret is needed"},
        refusal{{standard_webhooks_auth{{good, good, good, good}}}, "at most 3"},
        refusal{{standard_webhooks_auth{{live("hunter2")}}}, "begins with whsec_"},
        refusal{{standard_webhooks_auth{{good, live("whsec_hunter2")}}}, "behind whsec_"},
        refusal{{bearer_auth{secret("ok"), "X-A"}, hmac_sha256_auth{}}, "authentication 2 (hmac_sha256)"},
        refusal{{hmac_sha256_auth{{live("")}}}, "must not be empty"},
        refusal{{hmac_sha256_auth{{live("a")}, "Host"}}, "header: "},
        refusal{{hmac_sha256_auth{{live("a")}, "webhook-signature"}}, "header: "},
        refusal{{bearer_auth{secret("")}}, "token must not be empty"},
        refusal{{bearer_auth{secret("hunter2\r\nX: y")}}, "token must not hold control"},
        refusal{{bearer_auth{secret("hunter2"), "a b"}}, "authentication 1 (bearer): header: "},
        refusal{{basic_auth{"a:b", secret("hunter2")}}, "colon"},
        refusal{{basic_auth{"a\nb", secret("hunter2")}}, "username"},
        refusal{{basic_auth{"a", secret("hunter2\n")}}, "password"},
        refusal{{api_key_auth{"", secret("hunter2")}}, "authentication 1 (api_key): header: "},
        refusal{{api_key_auth{"X-Key", secret("")}}, "key must not be empty"},
        refusal{{api_key_auth{"X-Key", secret("hunter2\n")}}, "key must not hold"},
        refusal{{bearer_auth{secret("a")}, basic_auth{"b", secret("c")}},
                "two authentications write the header"},
        refusal{{bearer_auth{secret("a"), "x-key"}, api_key_auth{"X-Key", secret("b")}},
                "write the header X-Key"},
        refusal{{standard_webhooks_auth{{good}}, standard_webhooks_auth{{good}}}, "webhook-signature"},
        refusal{{hmac_sha256_auth{{live("a")}}, hmac_sha256_auth{{live("b")}}}, "X-Signature-256"},
        refusal{{hmac_sha256_auth{{live("a")}}, api_key_auth{"X-Event-ID", secret("b")}}, "X-Event-ID"},
        refusal{{hmac_sha256_auth{{live("a")}}, api_key_auth{"x-signature-256-previous", secret("b")}},
                "write the header"}));

TEST(header_names, are_all_that_may_be_written) {
    EXPECT_EQ(header_names({standard_webhooks_auth{{good}}, hmac_sha256_auth{{live("a")}, "X-S"},
                            bearer_auth{secret("t")}, api_key_auth{"X-Key", secret("k")}}),
              (std::vector<std::string>{"webhook-signature", "X-S", "X-S-Previous", "Authorization", "X-Key",
                                        "X-Event-ID"}));
    EXPECT_EQ(header_names({}), std::vector<std::string>{});
}

TEST(authenticator, a_credential_is_written_where_all_behind_it_has_room) {
    bearer_auth bearer;
    bearer.token = secret("t0ken");
    auto compiled = authenticator::compile({bearer});
    ASSERT_TRUE(compiled);
    EXPECT_TRUE(compiled->shows_credentials());
    std::string out;
    compiled->append_headers(id, timestamp, std::string(5000, ' '), now, out);
    EXPECT_GE(out.capacity(), out.size() + 5000 + 256);
    EXPECT_FALSE(authenticator::compile({hmac_sha256_auth{{live("alpha")}}})->shows_credentials());
}

}  // namespace
}  // namespace postrider::sign
