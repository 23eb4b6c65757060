#include "pem.h"

#include "source.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <filesystem>
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

bio_ptr memory(std::string_view content) {
    return {BIO_new_mem_buf(content.data(), static_cast<int>(content.size())), &BIO_free};
}

certificate_ptr first_certificate(std::string_view content) {
    const auto source = memory(content);
    return {PEM_read_bio_X509(source.get(), nullptr, &refuse_passphrase, nullptr), &X509_free};
}

key_ptr private_key(std::string_view content) {
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
    const auto certificate = read_file(certificate_path, max_pem_bytes);
    const auto key = read_file(key_path, max_pem_bytes);
    if (!certificate || !key) return "names a file that has just gone";
    return key_belongs(*certificate, *key)
               ? std::string()
               : "names a key that does not belong to the certificate in \"client_cert_file\"";
}

bool has_come(const ASN1_TIME* when, wall_time now) {
    auto seconds = std::chrono::system_clock::to_time_t(now);
    return X509_cmp_time(when, &seconds) < 0;
}

std::optional<std::string> or_nothing(const std::string& fault) {
    return fault.empty() ? std::nullopt : std::optional(fault);
}

}  // namespace

expected<std::string, std::string> read_pem(const std::string& path) {
    auto content = read_file(path, max_pem_bytes);
    if (!content) return unexpected<std::string>("names the file " + path + ", which " + content.error());
    return content;
}

bool key_belongs(std::string_view certificates, std::string_view key_text) {
    const auto certificate = first_certificate(certificates);
    const auto key = private_key(key_text);
    const bool good = certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1;
    ERR_clear_error();
    return good;
}

std::string untimely(std::string_view certificates, wall_time now) {
    const auto certificate = first_certificate(certificates);
    if (!certificate) return {};
    if (has_come(X509_get0_notAfter(certificate.get()), now)) return "has expired";
    return has_come(X509_get0_notBefore(certificate.get()), now) ? std::string() : "is not valid yet";
}

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

std::optional<std::string> read_pem_path(reading& reading, const item& value, pem_content content) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    if (text->text.empty()) return std::string();
    const auto folder = std::filesystem::path(reading.faults.file_name(value.at.file)).parent_path();
    auto path = (folder / text->text).string();
    const auto wrong = check_pem(reading, path, content);
    if (!wrong) return path;
    if (text->as_written) {
        add_fault(reading, value, *wrong);
    } else {
        add_fault(reading, value,
                  content == pem_content::certificates
                      ? "names, from outside, a file that cannot be read or holds no certificate in PEM"
                      : "names, from outside, a file that cannot be read or holds no private key in PEM "
                        "without a passphrase");
    }
    return std::nullopt;
}

}  // namespace postrider::config
