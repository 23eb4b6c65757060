#include "pem_pair.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace postrider::config {
namespace {

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;

template <typename Write>
std::string to_pem(const Write& write) {
    const bio_ptr out(BIO_new(BIO_s_mem()), &BIO_free);
    write(out.get());
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

pem_pair make_pem_pair(long ends_in_seconds) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), ends_in_seconds);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    unsigned char passphrase[] = "hush";
    return {
        to_pem([&](BIO* out) { PEM_write_bio_X509(out, certificate.get()); }),
        to_pem([&](BIO* out) {
            PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        }),
        to_pem([&](BIO* out) {
            PEM_write_bio_PrivateKey(out, key.get(), EVP_aes_256_cbc(), passphrase, 4, nullptr, nullptr);
        }),
    };
}

}  // namespace postrider::config
