#include "ed25519.h"
#include "key_text.h"
#include "refuse.h"

#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>
#include <postrider/sign/hmac.h>
#include <postrider/sign/standard_webhooks.h>

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <variant>

namespace postrider::sign {

namespace {

/// What is signed, in one piece, as Ed25519 wants it.
std::string signed_text(std::string_view id, std::string_view timestamp, std::string_view body) {
    std::string text;
    text.reserve(id.size() + timestamp.size() + body.size() + 2);
    return text.append(id).append(".").append(timestamp).append(".").append(body);
}

}  // namespace

struct signing_key::state {
    std::variant<hmac_sha256, ed25519_key> key;
};

signing_key::signing_key(std::unique_ptr<state> parsed) : state_(std::move(parsed)) {}
signing_key::signing_key(signing_key&&) noexcept = default;
signing_key& signing_key::operator=(signing_key&&) noexcept = default;
signing_key::~signing_key() = default;

expected<signing_key, std::string> signing_key::parse(const secret& text) {
    const auto material = parse_key(text);
    if (!material) return refuse(material.error());
    const auto bytes = material->bytes.reveal();
    switch (material->kind) {
        case key_kind::hmac:
            return signing_key(std::make_unique<state>(state{hmac_sha256(bytes)}));
        case key_kind::ed25519_private:
            return signing_key(std::make_unique<state>(state{ed25519_key::from_seed(bytes)}));
        case key_kind::ed25519_public:
            break;
    }
    return refuse("a public key (whpk_) cannot sign: whsec_ or whsk_ is needed");
}

void signing_key::append_signature(std::string_view id, std::string_view timestamp, std::string_view body,
                                   std::string& out) {
    if (auto* const hmac = std::get_if<hmac_sha256>(&state_->key)) {
        out.append("v1,").append(to_base64(hmac->compute({id, ".", timestamp, ".", body})));
        return;
    }
    auto& key = std::get<ed25519_key>(state_->key);
    out.append("v1a,").append(to_base64(key.sign(signed_text(id, timestamp, body))));
}

namespace {

/// Calls `matches` with what stands behind `version` in each signature, until one is right.
template <typename Matches>
expected<void, std::string> any_signature(std::string_view signatures, std::string_view version,
                                          Matches matches) {
    bool seen = false;
    while (!signatures.empty()) {
        const auto end = std::min(signatures.find(' '), signatures.size());
        const auto one = signatures.substr(0, end);
        signatures.remove_prefix(std::min(end + 1, signatures.size()));
        if (!one.starts_with(version)) continue;
        if (matches(one.substr(version.size()))) return {};
        seen = true;
    }
    const std::string name(version.substr(0, version.size() - 1));
    if (!seen) return refuse("there is no " + name + " signature, the one that goes with this key");
    return refuse("no " + name + " signature matches: another key, or another id, timestamp or body");
}

expected<void, std::string> check_timestamp(std::string_view timestamp, std::int64_t now_seconds,
                                            std::int64_t tolerance_seconds) {
    std::int64_t sent = 0;
    const char* const end = timestamp.data() + timestamp.size();
    const auto [rest, fault] = std::from_chars(timestamp.data(), end, sent);
    if (fault != std::errc() || rest != end || sent < 0) {
        return refuse("the timestamp must be seconds since 1970, in digits");
    }
    const std::int64_t now = std::max<std::int64_t>(now_seconds, 0);  // of the same sign: no overflow below
    const std::int64_t age = now - sent;
    if (age > tolerance_seconds) return refuse("the timestamp is " + std::to_string(age) + " s old: too old");
    if (-age > tolerance_seconds) {
        return refuse("the timestamp is " + std::to_string(-age) + " s in the future: too new");
    }
    return {};
}

}  // namespace

expected<void, std::string> verify(const secret& key, std::string_view id, std::string_view timestamp,
                                   std::string_view body, std::string_view signatures,
                                   std::int64_t now_seconds, std::int64_t tolerance_seconds) {
    const auto material = parse_key(key);
    if (!material) return refuse(material.error());
    if (auto fresh = check_timestamp(timestamp, now_seconds, tolerance_seconds); !fresh) return fresh;

    const auto bytes = material->bytes.reveal();
    if (material->kind == key_kind::hmac) {
        const auto right = to_base64(hmac_sha256(bytes).compute({id, ".", timestamp, ".", body}));
        return any_signature(signatures, "v1,",
                             [&](std::string_view text) { return equal_constant_time(text, right); });
    }
    auto verifier = material->kind == key_kind::ed25519_private ? ed25519_key::from_seed(bytes)
                                                                : ed25519_key::from_public(bytes);
    const std::string text = signed_text(id, timestamp, body);
    return any_signature(signatures, "v1a,", [&](std::string_view encoded) {
        const auto signature = from_base64(encoded);
        return signature && verifier.verify(text, *signature);
    });
}

namespace {

/// 32 random bytes.
secret random_key(random_source& random) {
    std::array<std::uint64_t, 4> words;
    for (auto& word : words)
        word = random.next();
    std::string bytes(sizeof(words), '\0');
    std::memcpy(bytes.data(), words.data(), sizeof(words));
    OPENSSL_cleanse(words.data(), sizeof(words));
    return secret(std::move(bytes));
}

/// The text of a key, made in one piece so that no reallocation leaves a copy behind.
secret key_text(std::string_view prefix, std::string_view bytes) {
    std::string encoded = to_base64(bytes_of(bytes));
    std::string text;
    text.reserve(prefix.size() + encoded.size());
    text.append(prefix).append(encoded);
    OPENSSL_cleanse(encoded.data(), encoded.size());
    return secret(std::move(text));
}

}  // namespace

secret make_hmac_secret(random_source& random) {
    return key_text(hmac_prefix, random_key(random).reveal());
}

ed25519_pair make_ed25519_pair(random_source& random) {
    const secret seed = random_key(random);
    const std::string point = ed25519_key::from_seed(seed.reveal()).public_bytes();
    std::string both;
    both.reserve(2 * ed25519_key::key_bytes);
    both.append(seed.reveal()).append(point);
    const secret pair(std::move(both));
    return {key_text(private_prefix, pair.reveal()), std::string(public_prefix) + to_base64(bytes_of(point))};
}

}  // namespace postrider::sign
