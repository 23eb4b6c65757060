#include "pem.h"

#include "source.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace postrider::config {
namespace {

constexpr std::size_t max_pem_bytes = 4 * 1024 * 1024;  // a bundle of all public authorities has 0.2 MiB

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

/// OpenSSL would ask on the terminal.
int refuse_passphrase(char*, int, int, void*) {
    return 0;
}

bio_ptr memory(const std::string& content) {
    return {BIO_new_mem_buf(content.data(), static_cast<int>(content.size())), &BIO_free};
}

certificate_ptr first_certificate(const std::string& content) {
    const auto source = memory(content);
    return {PEM_read_bio_X509(source.get(), nullptr, &refuse_passphrase, nullptr), &X509_free};
}

key_ptr private_key(const std::string& content) {
    const auto source = memory(content);
    return {PEM_read_bio_PrivateKey(source.get(), nullptr, &refuse_passphrase, nullptr), &EVP_PKEY_free};
}

std::string fault_of(const std::string& path, pem_content wanted) {
    const auto content = read_file(path, max_pem_bytes);
    if (!content) return "names the file " + path + ", which " + content.error();
    const bool good = wanted == pem_content::certificates ? first_certificate(*content) != nullptr
                                                          : private_key(*content) != nullptr;
    ERR_clear_error();
    if (good) return {};
    return "names the file " + path + ", which holds " +
           (wanted == pem_content::certificates ? "no certificate in PEM"
                                                : "no private key in PEM without a passphrase");
}

std::string fault_of_pair(const std::string& certificate_path, const std::string& key_path) {
    const auto certificate_content = read_file(certificate_path, max_pem_bytes);
    const auto key_content = read_file(key_path, max_pem_bytes);
    if (!certificate_content || !key_content) return "names a file that has just gone";
    const auto certificate = first_certificate(*certificate_content);
    const auto key = private_key(*key_content);
    const bool good = certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1;
    ERR_clear_error();
    return good ? std::string()
                : "names a key that does not belong to the certificate in \"client_cert_file\"";
}

std::optional<std::string> or_nothing(const std::string& fault) {
    return fault.empty() ? std::nullopt : std::optional(fault);
}

}  // namespace

std::optional<std::string> check_pem(reading& reading, const std::string& path, pem_content content) {
    const auto question = (content == pem_content::certificates ? "certificates\n" : "key\n") + path;
    const auto [known, is_new] = reading.checked_pem.try_emplace(question);
    if (is_new) known->second = fault_of(path, content);
    return or_nothing(known->second);
}

std::optional<std::string> check_key_pair(reading& reading, const std::string& certificate,
                                          const std::string& key) {
    const auto [known, is_new] = reading.checked_pem.try_emplace("pair\n" + certificate + '\n' + key);
    if (is_new) known->second = fault_of_pair(certificate, key);
    return or_nothing(known->second);
}

}  // namespace postrider::config
