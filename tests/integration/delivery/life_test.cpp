#include "fixture.h"

#include <support/net/gate.h>

namespace postrider::delivery {
namespace {

/// Reloads, sweeping and the end.
class life_test : public sender_test {
 protected:
    test::receiver* self = nullptr;
    test::receiver peer{test::answer_all(self, test::response_text(200))};
    life_test() { self = &peer; }
};

TEST_F(life_test, a_changed_endpoint_begins_anew) {
    const endpoint_ptr before = plain(peer.port());
    EXPECT_EQ(attempt(before).status, 200);
    auto changed = std::make_shared<endpoint>(*before);
    changed->headers = {{"X-New", "1"}};
    const auto result = attempt(changed);
    EXPECT_EQ(result.status, 200);
    EXPECT_FALSE(result.reused_connection);
    EXPECT_EQ(tested->connections(), 1U) << "the old connection went with the old settings";
    EXPECT_NE(peer.requests().at(1).find("X-New: 1"), std::string::npos);
}

TEST_F(life_test, an_attempt_under_way_ends_with_the_old_settings) {
    test::gate answer;
    test::receiver* slow_self = nullptr;
    test::receiver slow([&](test::peer& with, std::size_t) {
        while (auto request = with.read_request()) {
            slow_self->keep(std::move(*request));
            answer.wait();
            with.send(test::response_text(200));
        }
    });
    slow_self = &slow;
    const endpoint_ptr before = plain(slow.port());
    start(before);
    context.restart();
    while (slow.requests().empty())
        context.poll();
    EXPECT_EQ(attempt(plain(peer.port())).status, 200);  // another object of the same id
    answer.open();
    const auto results = finish();
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].status, 200) << results[0].detail;
    EXPECT_EQ(tested->connections(), 1U);
}

TEST_F(life_test, new_rules_hold_for_kept_connections) {
    const endpoint_ptr to = plain(peer.port());
    EXPECT_EQ(attempt(to).status, 200);
    egress_rules rules;
    rules.own_listeners = {{*ip_address::parse("127.0.0.1"), peer.port()}};
    tested->set_rules(rules);
    const auto result = attempt(to);
    EXPECT_EQ(result.error, transport_error::blocked);
    EXPECT_EQ(peer.requests().size(), 1U);
    tested->set_rules({});
    EXPECT_EQ(attempt(to).status, 200);
}

TEST_F(life_test, sweeping_closes_what_is_idle) {
    make();
    EXPECT_EQ(attempt(plain(peer.port())).status, 200);
    tested->sweep();
    EXPECT_EQ(tested->connections(), 1U);
    time.ahead += std::chrono::seconds(61);
    tested->sweep();
    EXPECT_EQ(tested->connections(), 0U);
    EXPECT_TRUE(peer.wait_for_ends(1));
}

TEST_F(life_test, sweeping_leaves_attempts_under_way_alone) {
    test::receiver silent([](test::peer& with, std::size_t) { with.wait_for_end(); });
    start(plain(silent.port()));
    context.restart();
    while (silent.connections() == 0)
        context.poll();
    time.ahead += std::chrono::seconds(1000);
    tested->sweep();
    EXPECT_EQ(tested->connections(), 1U);
    tested->cut();
    EXPECT_EQ(finish().at(0).error, transport_error::local);
}

TEST_F(life_test, cutting_ends_attempts_wherever_they_are) {
    test::receiver silent([](test::peer& with, std::size_t) { with.wait_for_end(); });
    names.silent = "silent.example.com";
    auto named = plain(443);
    named->id = "named";
    named->url.host = "silent.example.com";
    named->url.host_is_literal = false;
    auto handshaking = secure(silent.port());
    handshaking->id = "handshaking";
    start(named);
    start(handshaking);
    start(plain(silent.port()));
    context.restart();
    while (silent.connections() < 2 || names.asked.empty())
        context.poll();
    tested->cut();
    const auto results = finish();
    ASSERT_EQ(results.size(), 3U);
    for (const auto& result : results) {
        EXPECT_EQ(result.error, transport_error::local);
        EXPECT_EQ(result.detail, "cut at shutdown");
        EXPECT_TRUE(result.own_fault);
    }
    EXPECT_EQ(tested->connections(), 0U);
}

TEST_F(life_test, attempts_outlive_the_sender) {
    test::receiver silent([](test::peer& with, std::size_t) { with.wait_for_end(); });
    start(plain(silent.port()));
    context.restart();
    while (silent.connections() == 0)
        context.poll();
    tested.reset();
    EXPECT_EQ(finish().at(0).detail, "cut at shutdown");
}

TEST_F(life_test, an_expired_secret_signs_no_more) {
    auto to = plain(peer.port());
    standard_webhooks_auth auth;
    const secret text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    auth.secrets.push_back({text, std::nullopt});
    auth.secrets.push_back(
        {secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), system_time().wall_now() + std::chrono::hours(1)});
    to->authentications.emplace_back(auth);
    const endpoint_ptr fixed = to;
    EXPECT_EQ(attempt(fixed).status, 200);
    time.ahead += std::chrono::hours(2);
    EXPECT_EQ(attempt(fixed).status, 200);
    const auto signatures = [](const std::string& request) {
        const auto from = request.find("webhook-signature: ");
        const std::string line = request.substr(from, request.find("\r\n", from) - from);
        std::size_t count = 0;
        for (std::size_t at = line.find("v1,"); at != std::string::npos; at = line.find("v1,", at + 1))
            ++count;
        return count;
    };
    EXPECT_EQ(signatures(peer.requests().at(0)), 2U);
    EXPECT_EQ(signatures(peer.requests().at(1)), 1U);
}

TEST_F(life_test, certificates_are_read_anew_after_a_reload) {
    auto strict = tls_server();
    strict.client_authority_pem = authority.pem();
    test::receiver* strict_self = nullptr;
    test::receiver strict_peer(test::answer_all(strict_self, test::response_text(200)), strict);
    strict_self = &strict_peer;
    const test::certificate_authority stranger;
    const auto wrong = stranger.issue({{"client"}});
    const auto right = authority.issue({{"client"}});
    auto to = secure(strict_peer.port());
    to->tls.client_cert_file = directory.write("client.pem", wrong.pem);
    to->tls.client_key_file = directory.write("client.key", wrong.key_pem);
    const endpoint_ptr fixed = to;
    EXPECT_NE(attempt(fixed).error, transport_error::none);
    directory.write("client.pem", right.pem);
    tested->set_rules({});
    EXPECT_NE(attempt(fixed).error, transport_error::none) << "half of a new pair leaves the old";
    directory.write("client.key", right.key_pem);
    tested->set_rules({});
    const auto result = attempt(fixed);
    EXPECT_EQ(result.status, 200) << result.detail;
}

}  // namespace
}  // namespace postrider::delivery
