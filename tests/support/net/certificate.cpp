#include "certificate.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace postrider::test {
namespace {

struct bio_deleter {
    void operator()(BIO* bio) const noexcept { ::BIO_free(bio); }
};
using bio_ptr = std::unique_ptr<BIO, bio_deleter>;

void require(bool done) {
    if (!done) throw std::runtime_error("making a certificate failed");
}

std::string text_of(BIO* bio) {
    char* bytes = nullptr;
    const long size = ::BIO_get_mem_data(bio, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* certificate) {
    const bio_ptr bio(::BIO_new(::BIO_s_mem()));
    require(::PEM_write_bio_X509(bio.get(), certificate) == 1);
    return text_of(bio.get());
}

std::string to_pem(EVP_PKEY* key) {
    const bio_ptr bio(::BIO_new(::BIO_s_mem()));
    require(::PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text_of(bio.get());
}

EVP_PKEY* make_key() {
    char curve[] = "P-256";
    EVP_PKEY* const key = ::EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve);
    require(key != nullptr);
    return key;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
    X509_EXTENSION* const extension = ::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    require(extension != nullptr);
    ::X509_add_ext(certificate, extension, -1);
    ::X509_EXTENSION_free(extension);
}

bool is_address(const std::string& name) {
    unsigned char bytes[16];
    return ::inet_pton(AF_INET, name.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

X509* make_certificate(EVP_PKEY* key, const std::string& common_name, long from, long to) {
    static long serial = 1;
    X509* const made = ::X509_new();
    require(made != nullptr);
    ::X509_set_version(made, 2);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(made), ++serial);
    ::X509_gmtime_adj(::X509_getm_notBefore(made), from);
    ::X509_gmtime_adj(::X509_getm_notAfter(made), to);
    ::X509_set_pubkey(made, key);
    ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(made), "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    return made;
}

void add_names(X509* certificate, const std::vector<std::string>& names) {
    if (names.empty()) return;
    std::string list;
    for (const std::string& name : names)
        list += (list.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
    add_extension(certificate, NID_subject_alt_name, list);
}

}  // namespace

certificate_authority::certificate_authority(const std::string& constraints)
    : key_(make_key()), certificate_(make_certificate(key_.get(), "test authority", -86400, 86400)) {
    ::X509_set_issuer_name(certificate_.get(), ::X509_get_subject_name(certificate_.get()));
    add_extension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    if (!constraints.empty())
        add_extension(certificate_.get(), NID_name_constraints, "critical," + constraints);
    require(::X509_sign(certificate_.get(), key_.get(), ::EVP_sha256()) > 0);
    pem_ = to_pem(certificate_.get());
}

certificate certificate_authority::issue(const certificate_request& request) const {
    const std::unique_ptr<EVP_PKEY, deleter> key(make_key());
    const std::unique_ptr<X509, deleter> made(make_certificate(
        key.get(), request.common_name, request.valid_from_seconds, request.valid_to_seconds));
    ::X509_set_issuer_name(made.get(), ::X509_get_subject_name(certificate_.get()));
    add_names(made.get(), request.names);
    if (!request.usage.empty()) add_extension(made.get(), NID_ext_key_usage, request.usage);
    require(::X509_sign(made.get(), key_.get(), ::EVP_sha256()) > 0);
    return {to_pem(made.get()), to_pem(key.get())};
}

certificate self_signed(const certificate_request& request) {
    struct deleter {
        void operator()(EVP_PKEY* key) const noexcept { ::EVP_PKEY_free(key); }
        void operator()(X509* made) const noexcept { ::X509_free(made); }
    };
    const std::unique_ptr<EVP_PKEY, deleter> key(make_key());
    const std::unique_ptr<X509, deleter> made(make_certificate(
        key.get(), "test self-signed", request.valid_from_seconds, request.valid_to_seconds));
    ::X509_set_issuer_name(made.get(), ::X509_get_subject_name(made.get()));
    add_names(made.get(), request.names);
    require(::X509_sign(made.get(), key.get(), ::EVP_sha256()) > 0);
    return {to_pem(made.get()), to_pem(key.get())};
}

}  // namespace postrider::test
