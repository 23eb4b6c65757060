#include <postrider/base/digest.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <memory>
#include <new>

namespace postrider {

namespace {

struct context_free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

/// Fetched once: EVP_sha256() would look the implementation up again for every digest.
struct algorithm {
    EVP_MD* fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    ~algorithm() { EVP_MD_free(fetched); }
};

/// Kept by each thread: making one costs more than the digest of a short text.
struct digester {
    std::unique_ptr<EVP_MD_CTX, context_free> context{EVP_MD_CTX_new()};

    digester() {
        static const algorithm shared;
        if (!context || EVP_DigestInit_ex2(context.get(), shared.fetched, nullptr) != 1)
            throw std::bad_alloc();
    }
};

}  // namespace

sha256_digest sha256(std::initializer_list<std::string_view> parts) {
    return sha256({}, parts);
}

sha256_digest sha256(std::string_view first, std::initializer_list<std::string_view> rest) {
    thread_local const digester kept;
    EVP_MD_CTX* const context = kept.context.get();
    // Without an algorithm it begins anew with the one that it has.
    if (EVP_DigestInit_ex2(context, nullptr, nullptr) != 1) throw std::bad_alloc();
    EVP_DigestUpdate(context, first.data(), first.size());
    for (const auto part : rest)
        EVP_DigestUpdate(context, part.data(), part.size());
    sha256_digest digest{};
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context, digest.data(), &size) != 1) throw std::bad_alloc();
    return digest;
}

bool equal_constant_time(std::string_view left, std::string_view right) noexcept {
    if (left.size() != right.size()) return false;
    return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace postrider
