#include "key_text.h"

#include "ed25519.h"
#include "refuse.h"

#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>

#include <optional>

namespace postrider::sign {

namespace {

/// The bytes behind the prefix. A view of `text` would do, were it not for base64.
std::optional<secret> decode(std::string_view text) {
    auto bytes = from_base64(text);
    if (!bytes) return std::nullopt;
    return secret(std::move(*bytes));
}

expected<key_material, std::string> parse_hmac(std::string_view text) {
    auto key = decode(text);
    if (!key) return refuse("behind whsec_ must be standard base64 with padding");
    const auto size = key->reveal().size();
    if (size < 24 || size > 64) return refuse("behind whsec_ must be the base64 of 24 to 64 bytes");
    return key_material{key_kind::hmac, std::move(*key)};
}

expected<key_material, std::string> parse_private(std::string_view text) {
    const auto key = decode(text);
    if (!key) return refuse("behind whsk_ must be standard base64 with padding");
    const auto bytes = key->reveal();
    if (bytes.size() != ed25519_key::key_bytes && bytes.size() != 2 * ed25519_key::key_bytes) {
        return refuse(
            "behind whsk_ must be the base64 of a 32 byte seed, or of 64 bytes: seed and public key");
    }
    const auto seed = bytes.substr(0, ed25519_key::key_bytes);
    const auto point = bytes.substr(ed25519_key::key_bytes);
    if (!point.empty() && !equal_constant_time(ed25519_key::from_seed(seed).public_bytes(), point)) {
        return refuse("the second 32 bytes behind whsk_ must be the public key of the first 32, the seed");
    }
    return key_material{key_kind::ed25519_private, secret(std::string(seed))};
}

expected<key_material, std::string> parse_public(std::string_view text) {
    auto key = decode(text);
    if (!key) return refuse("behind whpk_ must be standard base64 with padding");
    if (key->reveal().size() != ed25519_key::key_bytes) {
        return refuse("behind whpk_ must be the base64 of 32 bytes");
    }
    return key_material{key_kind::ed25519_public, std::move(*key)};
}

}  // namespace

expected<key_material, std::string> parse_key(const secret& text) {
    const auto all = text.reveal();
    if (all.starts_with(hmac_prefix)) return parse_hmac(all.substr(hmac_prefix.size()));
    if (all.starts_with(private_prefix)) return parse_private(all.substr(private_prefix.size()));
    if (all.starts_with(public_prefix)) return parse_public(all.substr(public_prefix.size()));
    return refuse("a key begins with whsec_ (HMAC-SHA256), whsk_ or whpk_ (ed25519, private or public)");
}

}  // namespace postrider::sign
