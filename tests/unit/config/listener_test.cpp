#include "folder.h"
#include "pem_pair.h"

#include <algorithm>

namespace postrider::config {
namespace {

using lines = std::vector<std::string>;

class ConfigListener : public testing::Test {
 protected:
    ConfigListener() {
        files.write("cert.pem", pair.certificate);
        files.write("key.pem", pair.key);
        files.write("other.key", make_pem_pair().key);
        files.write("ca.pem", make_pem_pair().certificate);
        files.write("text.pem", "no PEM");
    }
    lines faults_of(const std::string& listener) const {
        return files.faults_of("listen:\n  admin: " + listener + '\n');
    }

    folder files;
    const pem_pair pair = make_pem_pair();
};

TEST_F(ConfigListener, AnAddressAloneOrAMap) {
    const auto read = files.load_good(
        "listen:\n  ingest: {address: \"[::1]:0\", allow_cidrs: [10.0.0.0/8, \"::1/128\"]}\n"
        "  admin:\n    tls: {cert_file: cert.pem, key_file: key.pem, client_ca_file: ca.pem}\n");
    EXPECT_EQ(read.ingest.address, (listen_address{"::1", 0}));
    EXPECT_EQ(read.ingest.allow_cidrs, (std::vector{*cidr::parse("10.0.0.0/8"), *cidr::parse("::1/128")}));
    EXPECT_FALSE(read.ingest.tls);
    EXPECT_EQ(read.admin.address, defaults().admin.address);
    ASSERT_TRUE(read.admin.tls);
    EXPECT_EQ(read.admin.tls->cert_file, files.path("cert.pem"));
    EXPECT_EQ(read.admin.tls->certificates, pair.certificate);
    EXPECT_EQ(read.admin.tls->key.reveal(), pair.key);
    EXPECT_FALSE(read.admin.tls->client_authorities.empty());
    EXPECT_TRUE(read.warnings.empty());
}

TEST_F(ConfigListener, ItsFilesAreWatched) {
    const auto read = files.load_good(
        "listen: {admin: {tls: {cert_file: cert.pem, key_file: key.pem, client_ca_file: ca.pem}}}");
    for (const auto* name : {"cert.pem", "key.pem", "ca.pem"})
        EXPECT_EQ(std::ranges::count(read.files, files.path(name)), 1) << name;
}

TEST_F(ConfigListener, ACertificateThatChangedIsAnotherSetting) {
    const std::string text = "listen: {admin: {tls: {cert_file: cert.pem, key_file: key.pem}}}";
    const auto before = files.load_good(text);
    EXPECT_EQ(files.load_good(text).admin, before.admin);
    const auto renewed = make_pem_pair();
    files.write("cert.pem", renewed.certificate);
    files.write("key.pem", renewed.key);
    EXPECT_NE(files.load_good(text).admin, before.admin);
}

TEST_F(ConfigListener, Faults) {
    EXPECT_EQ(faults_of("{tls: {cert_file: cert.pem, key_file: other.key}}"),
              lines{"2:48: \"key_file\" names a key that does not belong to the certificate in "
                    "\"cert_file\""});
    EXPECT_EQ(faults_of("{tls: {cert_file: cert.pem}}"), lines{"2:16: \"tls\" lacks the key \"key_file\""});
    EXPECT_EQ(faults_of("{tls: }"), (lines{"2:11: \"tls\" lacks the key \"cert_file\"",
                                           "2:11: \"tls\" lacks the key \"key_file\""}))
        << "never a listener in plain text that was meant to have TLS";
    EXPECT_EQ(
        faults_of("{tls: {cert_file: none.pem, key_file: text.pem}}"),
        (lines{"2:28: \"cert_file\" names the file none.pem, which cannot be read: No such file or "
               "directory",
               "2:48: \"key_file\" names the file text.pem, which holds no private key in PEM without a "
               "passphrase"}));
    EXPECT_EQ(faults_of("{tls: {cert_file: cert.pem, key_file: key.pem, client_ca_file: \"\"}}"),
              lines{"2:73: \"client_ca_file\" is empty; allowed is the path of a file"})
        << "an empty variable must not let everybody in";
    EXPECT_EQ(faults_of("{allow_cidrs: [10.0.0.1/8]}").size(), 1U);
    EXPECT_EQ(faults_of("{adress: \"[::1]:0\"}"),
              lines{"2:11: unknown key \"adress\"; the nearest known one is \"address\"; allowed here: "
                    "address, tls, allow_cidrs"});
    EXPECT_EQ(faults_of("[127.0.0.1:80]").size(), 1U);
}

TEST_F(ConfigListener, AKeyIsNeverShown) {
    files.variables["KEY"] = files.path("other.key");
    for (const auto& fault : faults_of("{tls: {cert_file: cert.pem, key_file: other.key}}"))
        EXPECT_EQ(fault.find("BEGIN"), std::string::npos) << fault;
}

TEST_F(ConfigListener, OffLoopbackNeedsTokensAndWarnsWithoutTls) {
    const std::string tokens = "access: {tokens: [{name: a, token: 0123456789abcdef, scopes: [admin]}]}\n";
    EXPECT_EQ(
        faults_of("{address: \"0.0.0.0:1\"}"),
        lines{"2:20: \"address\" is an address off loopback, and \"access.tokens\" is empty; allowed are "
              "loopback addresses, or any with tokens"});
    const auto plain = files.load_good("listen: {admin: {address: \"0.0.0.0:1\"}}\n" + tokens);
    ASSERT_EQ(plain.warnings.size(), 1U);
    EXPECT_EQ(plain.warnings[0].message.find("\"address\" is an address off loopback without TLS"), 0U);
    EXPECT_EQ(plain.warnings[0].line, 1U);
    const auto safe = files.load_good(
        "listen: {admin: {address: \"0.0.0.0:1\", tls: {cert_file: cert.pem, key_file: key.pem}}}\n" +
        tokens);
    EXPECT_TRUE(safe.warnings.empty());
}

TEST_F(ConfigListener, AnExpiredCertificateIsAWarning) {
    const auto late = make_pem_pair(-60);
    files.write("cert.pem", late.certificate);
    files.write("key.pem", late.key);
    const auto read = files.load_good("listen: {admin: {tls: {cert_file: cert.pem, key_file: key.pem}}}");
    ASSERT_EQ(read.warnings.size(), 1U);
    EXPECT_EQ(read.warnings[0].message,
              "\"cert_file\" names a certificate that has expired: clients will refuse it");
}

}  // namespace
}  // namespace postrider::config
