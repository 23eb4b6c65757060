#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace postrider::test {

/// A certificate with its key, as PEM.
struct certificate {
    std::string pem;
    std::string key_pem;
};

/// What a certificate says. Names are "name" or an address.
struct certificate_request {
    std::vector<std::string> names = {"127.0.0.1"};  ///< of subjectAltName; none: without it
    long valid_from_seconds = -3600;                 ///< from now
    long valid_to_seconds = 3600;
    std::string common_name = "test certificate";
    std::string usage{};  ///< extendedKeyUsage, such as "clientAuth"; empty: without it
};

/// Issues certificates; made on the spot, of P-256 keys.
class certificate_authority {
 public:
    /// `constraints`: of names, such as "permitted;DNS:partner.com"; empty: it may vouch for all.
    explicit certificate_authority(const std::string& constraints = {});
    /// Its own certificate: what a client must trust.
    [[nodiscard]] const std::string& pem() const noexcept { return pem_; }
    [[nodiscard]] certificate issue(const certificate_request& request) const;

 private:
    struct deleter {
        void operator()(EVP_PKEY* key) const noexcept { ::EVP_PKEY_free(key); }
        void operator()(X509* certificate) const noexcept { ::X509_free(certificate); }
    };
    std::unique_ptr<EVP_PKEY, deleter> key_;
    std::unique_ptr<X509, deleter> certificate_;
    std::string pem_;
};

/// One that nobody vouches for but itself.
[[nodiscard]] certificate self_signed(const certificate_request& request);

}  // namespace postrider::test
