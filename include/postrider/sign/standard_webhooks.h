#pragma once

#include <postrider/base/expected.h>
#include <postrider/base/random.h>
#include <postrider/base/secret.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace postrider::sign {

/// A key of Standard Webhooks 1.0.0, parsed once and used for many signatures. Not thread-safe: it keeps
/// a prepared context of the crypto library, which is what makes a signature cost a microsecond.
class signing_key {
 public:
    /// `whsec_<base64 of 24 to 64 bytes>` (HMAC-SHA256, signs `v1`), or `whsk_<base64 of a 32 byte seed,
    /// or of 64 bytes: seed and public key>` (ed25519, signs `v1a`). The error never shows the secret.
    [[nodiscard]] static expected<signing_key, std::string> parse(const secret& text);

    signing_key(signing_key&&) noexcept;
    signing_key& operator=(signing_key&&) noexcept;
    ~signing_key();

    /// Appends `v1,<base64>` or `v1a,<base64>` over `id.timestamp.body` to `out`.
    void append_signature(std::string_view id, std::string_view timestamp, std::string_view body,
                          std::string& out);

 private:
    struct state;
    explicit signing_key(std::unique_ptr<state> state);
    std::unique_ptr<state> state_;
};

/// Whether one of the signatures in a `webhook-signature` header is right, and `timestamp` within
/// `tolerance_seconds` of `now_seconds` (both directions). `key` is `whsec_…`, `whsk_…` or `whpk_…`.
/// The error says which check failed.
[[nodiscard]] expected<void, std::string> verify(const secret& key, std::string_view id,
                                                 std::string_view timestamp, std::string_view body,
                                                 std::string_view signatures, std::int64_t now_seconds,
                                                 std::int64_t tolerance_seconds);

/// A new `whsec_…` of 32 random bytes.
[[nodiscard]] secret make_hmac_secret(random_source& random);

struct ed25519_pair {
    secret private_key;      ///< `whsk_…`: base64 of seed and public key, 64 bytes
    std::string public_key;  ///< `whpk_…`
};
[[nodiscard]] ed25519_pair make_ed25519_pair(random_source& random);

}  // namespace postrider::sign
