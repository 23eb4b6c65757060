// Keys and signatures of Standard Webhooks: nothing but the right signature passes, and no error shows a key.

#include "fuzz/pieces.h"
#include "fuzz/target.h"

#include <postrider/base/digest.h>
#include <postrider/sign/authenticator.h>
#include <postrider/sign/standard_webhooks.h>

#include <sign/key_text.h>

#include <string>

namespace postrider::fuzz {
namespace {

constexpr std::string_view hmac_text = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr std::string_view seed_text = "whsk_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr std::int64_t sent_at = 1'700'000'000;

/// The key is the stranger's: as one who types it into a configuration.
void check_key(std::string_view text) {
    const auto material = sign::parse_key(secret(std::string(text)));
    if (!material) {
        const auto odd = sign::parse_key(secret(std::string(text) + "!planted"));
        HOLDS(!odd && odd.error().find("planted") == std::string::npos);
        return;
    }
    const auto size = material->bytes.reveal().size();
    HOLDS(size >= 24 && size <= 64 && (material->kind == sign::key_kind::hmac || size == 32));
    auto key = sign::signing_key::parse(secret(std::string(text)));
    HOLDS(key.has_value() == (material->kind != sign::key_kind::ed25519_public));
    if (!key) return;
    std::string signature;
    key->append_signature("id", "1700000000", "body", signature);
    HOLDS(sign::verify(secret(std::string(text)), "id", "1700000000", "body", signature, sent_at, 300)
              .has_value());
}

/// The signatures are the stranger's.
void check_signatures(std::string_view key_text, std::string_view timestamp, std::string_view signatures,
                      std::string_view body) {
    const secret key{std::string(key_text)};
    if (!sign::verify(key, "id", timestamp, body, signatures, sent_at, 300)) return;
    std::string right;
    sign::signing_key::parse(key)->append_signature("id", timestamp, body, right);
    HOLDS(signatures.find(right) != std::string_view::npos);
}

void check_header_rules(std::string_view name, std::string_view value) {
    if (sign::check_header_name(name)) {
        HOLDS(!name.empty() && name.find_first_of(" :\r\n\t") == std::string_view::npos);
        HOLDS(name.find('\0') == std::string_view::npos);
    }
    if (sign::check_header_value(value)) HOLDS(value.find_first_of("\r\n") == std::string_view::npos);
}

}  // namespace
}  // namespace postrider::fuzz

/// Lines: timestamp, signatures, and a body to the end. The whole is also tried as a key, and as a header.
FUZZ_TARGET(signature) {
    using namespace postrider::fuzz;
    check_key(input);
    auto rest = input;
    const auto timestamp = take_part(rest, '\n');
    const auto signatures = take_part(rest, '\n');
    check_header_rules(timestamp, signatures);
    for (const auto key : {hmac_text, seed_text})
        check_signatures(key, timestamp, signatures, rest);
}
