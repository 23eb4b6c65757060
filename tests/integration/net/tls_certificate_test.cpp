#include "tls_story.h"

namespace postrider::net {
namespace {

using tls_certificates = tls_story;

TEST_F(tls_certificates, refuses_an_expired_certificate) {
    const auto error = refusal(server({{"127.0.0.1"}, -7200, -3600}), trusting());
    EXPECT_EQ(error.detail, "certificate of 127.0.0.1 refused: certificate has expired");
}

TEST_F(tls_certificates, refuses_a_self_signed_certificate) {
    test::tls_server server;
    server.own = test::self_signed({});
    EXPECT_EQ(refusal(server, trusting()).detail,
              "certificate of 127.0.0.1 refused: self-signed certificate");
}

TEST_F(tls_certificates, refuses_an_authority_that_is_not_its_own) {
    const test::certificate_authority other;
    tls_settings settings;
    settings.ca_file = directory.write("other.pem", other.pem());
    const std::string detail = refusal(server(), settings).detail;
    EXPECT_NE(detail.find("certificate"), std::string::npos) << detail;
    EXPECT_NE(refusal(server(), tls_settings()).detail.find("unable to get local issuer"), std::string::npos)
        << "the system's authorities hold where none is given";
}

TEST_F(tls_certificates, refuses_a_certificate_for_another_name) {
    EXPECT_EQ(refusal(server({{"other.example.com"}}), trusting(), "receiver.example.com").detail,
              "certificate of receiver.example.com refused: hostname mismatch: it is not for "
              "receiver.example.com");
    EXPECT_NE(refusal(server({{"192.0.2.1"}}), trusting()).detail.find("it is not for 127.0.0.1"),
              std::string::npos);
    EXPECT_NE(refusal(server({{"*.com"}}), trusting(), "a.b.com").detail.find("hostname mismatch"),
              std::string::npos);
}

TEST_F(tls_certificates, refuses_a_certificate_that_is_not_valid_yet) {
    const auto error = refusal(server({{"127.0.0.1"}, 3600, 7200}), trusting());
    EXPECT_EQ(error.detail, "certificate of 127.0.0.1 refused: certificate is not yet valid");
}

/// Authorities check names in subjectAltName; what stands in the common name may be anything.
TEST_F(tls_certificates, refuses_a_certificate_that_names_the_server_only_in_its_subject) {
    const std::string name = "receiver.example.com";
    for (const std::vector<std::string>& others :
         {std::vector<std::string>{}, std::vector<std::string>{"192.0.2.1"}})
        EXPECT_NE(refusal(server({others, -3600, 3600, name}), trusting(), name)
                      .detail.find("it is not for " + name),
                  std::string::npos);
}

TEST_F(tls_certificates, wildcards_stand_for_one_whole_label_on_the_left) {
    const std::string name = "a.b.example.com";
    for (const char* pattern : {"*.example.com", "*.com", "*", "*.*.example.com", "a.*.example.com",
                                "a*.b.example.com", "*a.b.example.com", "**.b.example.com", "a.b.example.*"})
        EXPECT_NE(refusal(server({{pattern}}), trusting(), name).detail.find("hostname mismatch"),
                  std::string::npos)
            << pattern;
    EXPECT_NE(refusal(server({{"*.com"}}), trusting(), "example.com").detail.find("hostname mismatch"),
              std::string::npos);
    test::receiver peer(echo_once(), server({{"*.b.example.com"}}));
    EXPECT_TRUE(connect(peer.port(), make(trusting()), name));
}

TEST_F(tls_certificates, an_address_is_not_vouched_for_by_a_name_of_its_letters) {
    EXPECT_NE(
        refusal(server({{}, -3600, 3600, "127.0.0.1"}), trusting()).detail.find("it is not for 127.0.0.1"),
        std::string::npos);
    EXPECT_NE(refusal(server({{"127.0.0.2"}}), trusting()).detail.find("it is not for 127.0.0.1"),
              std::string::npos);
}

TEST_F(tls_certificates, refuses_a_certificate_that_is_for_clients) {
    const auto error = refusal(server({{"127.0.0.1"}, -3600, 3600, "x", "clientAuth"}), trusting());
    EXPECT_NE(error.detail.find("certificate of 127.0.0.1 refused: unsuitable certificate purpose"),
              std::string::npos)
        << error.detail;
}

/// An authority that may vouch for one company's names and does so for others.
TEST_F(tls_certificates, refuses_a_name_that_its_authority_may_not_vouch_for) {
    const test::certificate_authority constrained("permitted;DNS:partner.com");
    tls_settings settings;
    settings.ca_file = directory.write("constrained.pem", constrained.pem());
    test::tls_server stranger;
    stranger.own = constrained.issue({{"receiver.example.com"}});
    EXPECT_NE(refusal(stranger, settings, "receiver.example.com").detail.find("permitted subtree violation"),
              std::string::npos);
    test::tls_server own;
    own.own = constrained.issue({{"hooks.partner.com"}});
    test::receiver peer(echo_once(), own);
    EXPECT_TRUE(connect(peer.port(), make(settings), "hooks.partner.com"));
}

}  // namespace
}  // namespace postrider::net
