#include "fixture.h"

#include <array>
#include <string_view>

namespace postrider::delivery {
namespace {

constexpr std::array<std::string_view, 8> secrets{"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                                  "bearer-credential",
                                                  "api-credential",
                                                  "custom-credential",
                                                  "cookie-credential",
                                                  "receiver-credential",
                                                  "v1,",
                                                  "sha256="};

/// What an attempt keeps for the endpoint's records.
class records_test : public sender_test {
 protected:
    records_test() { self_ = &peer; }

    /// Everything that an endpoint can be told to authenticate with, and a header that looks like it.
    static std::shared_ptr<endpoint> talkative(std::uint16_t port) {
        auto to = plain(port);
        to->headers = {
            {"X-Team", "billing"}, {"X-Access-Token", "custom-credential"}, {"Cookie", "cookie-credential"}};
        standard_webhooks_auth standard;
        standard.secrets.push_back({secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), std::nullopt});
        hmac_sha256_auth hmac;
        hmac.secrets = {{secret("first"), std::nullopt}, {secret("second"), std::nullopt}};
        hmac.header = "X-Digest";
        to->authentications = {standard, hmac, bearer_auth{secret("bearer-credential")},
                               api_key_auth{"X-Plain", secret("api-credential")}};
        return to;
    }
    static void expect_no_secret(const std::string& text) {
        for (const auto shown : secrets)
            EXPECT_EQ(text.find(shown), std::string::npos) << shown << "\n" << text;
    }
    /// What a header block shows with the values that are masked taken out.
    static std::string line(std::string_view text, std::string_view name) {
        const auto begin = text.find(std::string(name) + ": ");
        if (begin == std::string_view::npos) return "(absent)";
        return std::string(text.substr(begin, text.find('\n', begin) - begin));
    }

    test::receiver* self_ = nullptr;
    test::receiver peer{test::answer_all(
        self_,
        test::response_text(200, "thanks",
                            "X-Request-Id: r-17\r\nSet-Cookie: sid=receiver-credential\r\n"
                            "X-Refresh-TOKEN: receiver-credential\r\nX-Api-Key: receiver-credential\r\n"
                            "Proxy-Authorization: receiver-credential\r\n"))};
};

TEST_F(records_test, nothing_is_kept_unless_it_is_wanted) {
    const auto result = attempt(talkative(peer.port()));
    EXPECT_EQ(result.status, 200) << result.detail;
    EXPECT_EQ(result.request_headers, "");
    EXPECT_EQ(result.response_headers, "");
}

TEST_F(records_test, request_headers_are_kept_as_sent_without_their_secrets) {
    auto to = talkative(peer.port());
    to->records.log_payloads = true;
    const auto result = attempt(to, 3);
    EXPECT_EQ(result.status, 200) << result.detail;
    EXPECT_EQ(result.response_headers, "");
    const auto& kept = result.request_headers;
    expect_no_secret(kept);
    EXPECT_TRUE(kept.starts_with("Host: 127.0.0.1:" + std::to_string(peer.port()) +
                                 "\nUser-Agent: Postrider/test\nContent-Type: application/json\n"))
        << kept;
    EXPECT_TRUE(kept.ends_with("\nContent-Length: 14\n")) << kept;
    EXPECT_EQ(line(kept, "X-Team"), "X-Team: billing");
    EXPECT_EQ(line(kept, "webhook-id"), "webhook-id: evt_1");
    EXPECT_EQ(line(kept, "postrider-attempt"), "postrider-attempt: 3");
    for (const auto* name : {"X-Access-Token", "Cookie", "webhook-signature", "X-Digest", "X-Digest-Previous",
                             "Authorization", "X-Plain"})
        EXPECT_EQ(line(kept, name), std::string(name) + ": ***");
    // And the receiver got the real ones.
    ASSERT_EQ(peer.requests().size(), 1U);
    for (const auto* sent :
         {"\r\nAuthorization: Bearer bearer-credential\r\n", "\r\nX-Plain: api-credential\r\n",
          "\r\nX-Access-Token: custom-credential\r\n", "\r\nwebhook-signature: v1,"})
        EXPECT_NE(peer.requests().front().find(sent), std::string::npos) << sent;
}

TEST_F(records_test, basic_authentication_is_masked) {
    auto to = plain(peer.port());
    to->records.log_payloads = true;
    to->authentications = {basic_auth{"shop", secret("bearer-credential")}};
    const auto result = attempt(to);
    EXPECT_EQ(line(result.request_headers, "Authorization"), "Authorization: ***");
}

TEST_F(records_test, response_headers_are_kept_without_their_secrets) {
    auto to = talkative(peer.port());
    to->records.log_responses = true;
    const auto result = attempt(to);
    EXPECT_EQ(result.request_headers, "");
    expect_no_secret(result.response_headers);
    EXPECT_EQ(result.response_headers,
              "X-Request-Id: r-17\nSet-Cookie: ***\nX-Refresh-TOKEN: ***\nX-Api-Key: ***\n"
              "Proxy-Authorization: ***\nContent-Length: 6\n");
}

TEST_F(records_test, both_are_kept_on_a_reused_connection_too) {
    auto to = talkative(peer.port());
    to->records.log_payloads = to->records.log_responses = true;
    ASSERT_FALSE(attempt(to).reused_connection);
    const auto result = attempt(to, 2);
    EXPECT_TRUE(result.reused_connection);
    EXPECT_EQ(line(result.request_headers, "postrider-attempt"), "postrider-attempt: 2");
    EXPECT_EQ(line(result.response_headers, "X-Request-Id"), "X-Request-Id: r-17");
}

TEST_F(records_test, what_is_kept_is_bounded) {
    std::string many;
    for (int i = 0; i < 90; ++i)
        many += "X-Filler-" + std::to_string(i) + ": " + std::string(100, 'x') + "\r\n";
    test::receiver* wordy_self = nullptr;
    test::receiver wordy(test::answer_all(wordy_self, test::response_text(500, "", many)));
    wordy_self = &wordy;
    auto to = plain(wordy.port());
    to->records.log_payloads = to->records.log_responses = true;
    for (int i = 0; i < 60; ++i)
        to->headers.emplace_back("X-Own-" + std::to_string(i), std::string(100, 'y'));
    const auto result = attempt(to);
    EXPECT_EQ(result.status, 500) << result.detail;
    EXPECT_EQ(result.request_headers.size(), attempt_result::max_kept_headers);
    EXPECT_EQ(result.response_headers.size(), attempt_result::max_kept_headers);
}

TEST_F(records_test, a_request_without_an_answer_is_kept_alone) {
    test::receiver silent([](test::peer& with, std::size_t) { static_cast<void>(with.read_request()); });
    auto to = plain(silent.port());
    to->records.log_payloads = to->records.log_responses = true;
    const auto result = attempt(to);
    EXPECT_EQ(result.error, transport_error::disconnected) << result.detail;
    EXPECT_EQ(line(result.request_headers, "webhook-id"), "webhook-id: evt_1");
    EXPECT_EQ(result.response_headers, "");
    EXPECT_FALSE(result.own_fault);
}

TEST_F(records_test, without_a_connection_there_was_no_request) {
    const test::refused_port port;
    auto to = plain(port.get());
    to->records.log_payloads = to->records.log_responses = true;
    const auto result = attempt(to);
    EXPECT_EQ(result.error, transport_error::connect);
    EXPECT_EQ(result.request_headers, "");
    EXPECT_FALSE(result.own_fault) << "a refused connection is the receiver's";
}

}  // namespace
}  // namespace postrider::delivery
