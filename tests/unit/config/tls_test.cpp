#include "folder.h"
#include "pem_pair.h"

namespace postrider::config {
namespace {

using lines = std::vector<std::string>;

lines faults_of(const folder& files, const std::string& tls) {
    return files.faults_of(
        std::string("webhooks:\n- {id: a, url: \"https://h.org/\", events: [x], secret: ") + good_secret +
        ",\n   tls: {" + tls + "}}\n");
}

TEST(ConfigTls, PathsAreRelativeToTheirFile) {
    const folder files;
    const auto pair = make_pem_pair();
    files.write("d/cert.pem", "comment\n" + pair.certificate + pair.certificate);
    files.write("d/key.pem", pair.key);
    files.write("d/a.yaml",
                std::string("webhook: {url: \"https://h.org/\", events: [x], secret: ") + good_secret +
                    ", tls: {client_cert_file: cert.pem, client_key_file: key.pem, ca_file: \"\"}}");
    const auto read = files.load_good("defaults: {tls: {ca_file: d/cert.pem}}\ninclude: [d/a.yaml]\n");
    const tls_settings expected{"", files.path("d/cert.pem"), files.path("d/key.pem")};
    EXPECT_EQ(read.endpoints.at(0)->tls, expected);
    const auto inherited =
        files.load_good("defaults: {tls: {ca_file: d/cert.pem}}\n" + one_endpoint("concurrency: 1"));
    EXPECT_EQ(inherited.endpoints.at(0)->tls.ca_file, files.path("d/cert.pem"));
}

TEST(ConfigTls, Faults) {
    folder files;
    files.variables["HUSH"] = "/hush";
    const auto pair = make_pem_pair();
    files.write("cert.pem", pair.certificate);
    files.write("key.pem", pair.key);
    files.write("locked.pem", pair.locked_key);
    files.write("other.pem", make_pem_pair().key);
    files.write("text.pem", "no PEM");
    EXPECT_EQ(faults_of(files, "client_cert_file: cert.pem, client_key_file: key.pem"), lines{});
    EXPECT_EQ(
        faults_of(files, "ca_file: none.pem"),
        lines{"3:19: \"ca_file\" names the file none.pem, which cannot be read: No such file or directory"});
    EXPECT_EQ(faults_of(files, "ca_file: text.pem"),
              lines{"3:19: \"ca_file\" names the file text.pem, which holds no certificate in PEM"});
    EXPECT_EQ(faults_of(files, "ca_file: key.pem"),
              lines{"3:19: \"ca_file\" names the file key.pem, which holds no certificate in PEM"});
    EXPECT_EQ(faults_of(files, "client_cert_file: cert.pem"),
              lines{"3:28: \"client_cert_file\" stands alone; allowed are client_cert_file and "
                    "client_key_file together"});
    EXPECT_EQ(faults_of(files, "client_key_file: key.pem"),
              lines{"3:27: \"client_key_file\" stands alone; allowed are client_cert_file and "
                    "client_key_file together"});
    EXPECT_EQ(faults_of(files, "client_cert_file: cert.pem, client_key_file: locked.pem"),
              lines{"3:55: \"client_key_file\" names the file locked.pem, which holds no private key in PEM "
                    "without a "
                    "passphrase"});
    EXPECT_EQ(faults_of(files, "client_cert_file: cert.pem, client_key_file: other.pem"),
              lines{"3:55: \"client_key_file\" names a key that does not belong to the certificate in "
                    "\"client_cert_file\""});
    EXPECT_EQ(faults_of(files, "ca_file: \"${HUSH}\""),
              lines{"3:19: \"ca_file\" names, from outside, a file that cannot be read or holds no "
                    "certificate in PEM"});
}

}  // namespace
}  // namespace postrider::config
