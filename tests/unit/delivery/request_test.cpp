#include <delivery/duration_text.h>
#include <delivery/request.h>
#include <gtest/gtest.h>

namespace postrider::delivery {
namespace {

struct request_test : testing::Test {
    endpoint to;
    event sent;
    wall_time now{std::chrono::milliseconds(1614265330999)};

    request_test() {
        to.url.host = "receiver.example.com";
        to.url.target = "/hook?a=b";
        sent.id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        sent.body = R"({"test": 2432232314})";
    }
    std::string build(std::uint32_t attempt = 1, std::uint64_t span_id = 0x00f067aa0ba902b7) {
        auto compiled = sign::authenticator::compile(to.authentications);
        EXPECT_TRUE(compiled) << compiled.error();
        buffer.text = "left from before";
        build_request(buffer, constant_head(to, "Postrider/1"), sent, attempt, span_id, now, *compiled);
        return buffer.text;
    }
    /// What lies in the memory of the request, wherever its text ends.
    std::string_view memory() const { return {buffer.text.data(), buffer.text.capacity()}; }
    request_buffer buffer;
};

TEST_F(request_test, is_what_the_contract_says_to_the_byte) {
    to.headers = {{"X-Team", "billing"}};
    sent.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    EXPECT_EQ(build(3),
              "POST /hook?a=b HTTP/1.1\r\n"
              "Host: receiver.example.com\r\n"
              "User-Agent: Postrider/1\r\n"
              "Content-Type: application/json\r\n"
              "Accept-Encoding: identity\r\n"
              "X-Team: billing\r\n"
              "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\r\n"
              "webhook-timestamp: 1614265330\r\n"
              "postrider-attempt: 3\r\n"
              "traceparent: 00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01\r\n"
              "Content-Length: 20\r\n"
              "\r\n"
              R"({"test": 2432232314})");
}

TEST_F(request_test, carries_the_known_signature) {
    standard_webhooks_auth auth;
    auth.secrets.push_back({secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), std::nullopt});
    to.authentications.emplace_back(auth);
    EXPECT_NE(build().find("\r\nwebhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\r\n"),
              std::string::npos);
}

TEST_F(request_test, writes_the_port_and_brackets_of_an_address) {
    to.url.host = "2001:db8::1";
    to.url.port = 8443;
    EXPECT_NE(build().find("\r\nHost: [2001:db8::1]:8443\r\n"), std::string::npos);
}

TEST_F(request_test, a_traceparent_that_would_break_the_line_is_left_out) {
    sent.traceparent = "00\r\nHost: other";
    EXPECT_EQ(build().find("other"), std::string::npos);
    EXPECT_EQ(build().find("traceparent"), std::string::npos);
}

TEST_F(request_test, without_a_span_no_trace_is_told_on) {
    sent.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    EXPECT_EQ(build(1, 0).find("traceparent"), std::string::npos);
    sent.traceparent.clear();
    EXPECT_EQ(build(1, 7).find("traceparent"), std::string::npos);
}

TEST_F(request_test, leaves_no_credential_in_its_memory) {
    bearer_auth bearer;
    bearer.token = secret("t0ken-that-is-long-enough");
    api_key_auth key;
    key.header = "X-Api-Key";
    key.key = secret("k3y-that-is-long-enough");
    to.authentications = {bearer, key};
    sent.body = "{}" + std::string(20'000, ' ');
    EXPECT_NE(build().find("Bearer t0ken-that"), std::string::npos);
    buffer.clear();
    EXPECT_EQ(memory().find("t0ken"), std::string_view::npos);
    EXPECT_EQ(memory().find("k3y"), std::string_view::npos);
    EXPECT_NE(memory().find("  "), std::string_view::npos) << "the body is left, which nobody wipes";
}

TEST_F(request_test, a_signature_costs_no_wiping) {
    hmac_sha256_auth signature;
    signature.header = "X-Signature";
    signature.secrets.push_back({secret("s1gning"), std::nullopt});
    to.authentications = {signature};
    EXPECT_NE(build().find("X-Signature: sha256="), std::string::npos);
    EXPECT_EQ(buffer.credentials_end, 0U);
}

TEST(request_buffer, takes_along_what_is_to_be_wiped) {
    request_buffer from;
    request_buffer to;
    from.text = "POST / HTTP/1.1, with a t0ken";
    from.credentials_end = from.text.size();
    to.swap(from);
    EXPECT_TRUE(from.text.empty());
    EXPECT_EQ(from.credentials_end, 0U);
    const std::string_view memory(to.text.data(), to.text.size());
    to.clear();
    EXPECT_EQ(memory.find("t0ken"), std::string_view::npos);
}

TEST_F(request_test, an_empty_body_has_a_length) {
    sent.body.clear();
    EXPECT_TRUE(build().ends_with("Content-Length: 0\r\n\r\n"));
}

TEST(duration_text, is_in_the_unit_that_fits) {
    EXPECT_EQ(to_text(milliseconds(15000)), "15 s");
    EXPECT_EQ(to_text(milliseconds(1500)), "1500 ms");
    EXPECT_EQ(to_text(milliseconds(200)), "200 ms");
}

}  // namespace
}  // namespace postrider::delivery
