#pragma once

#include <postrider/base/expected.h>
#include <postrider/base/random.h>
#include <postrider/base/secret.h>

#include <string>
#include <string_view>
#include <vector>

namespace postrider::catalog {

/// Keeps what the API stores unreadable at rest: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce for
/// each text. Thread-safe once made.
class sealer {
 public:
    static constexpr std::size_t key_bytes = 32;

    /// Seals with the first key and opens with any. Each has 32 bytes. None: nothing can be sealed.
    explicit sealer(std::vector<secret> keys);

    [[nodiscard]] bool can_seal() const noexcept { return !keys_.empty(); }
    /// A format byte, the id of the key (4 bytes of its SHA-256), nonce, ciphertext and tag. `context` is
    /// what the text belongs to (the endpoint's id): opened under another context it is refused.
    [[nodiscard]] std::string seal(std::string_view text, std::string_view context,
                                   random_source& random) const;
    /// The error says whether the key is not known or the text was changed; nothing of the text is in it.
    [[nodiscard]] expected<secret, std::string> open(std::string_view sealed, std::string_view context) const;
    /// Whether a text was sealed with another key than the first: it should be sealed anew.
    [[nodiscard]] bool is_outdated(std::string_view sealed) const noexcept;

    /// Of the keys, the first one first: 8 hexadecimal digits of each one's SHA-256. No secret.
    [[nodiscard]] std::vector<std::string> key_ids() const;
    /// Of the key that sealed a text; empty for what is no sealed text.
    [[nodiscard]] static std::string key_id_of(std::string_view sealed);

 private:
    std::vector<secret> keys_;
};

/// The key of the embedded store: made in the state directory at the first need (mode 0600, synced), read
/// ever after. 32 raw bytes.
[[nodiscard]] expected<secret, std::string> open_key_file(const std::string& path, random_source& random);

}  // namespace postrider::catalog
