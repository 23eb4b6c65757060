#include "signature_check.h"

#include <postrider/base/digest.h>
#include <postrider/sign/authenticator.h>
#include <postrider/sign/standard_webhooks.h>

#include <utility>

namespace postrider::cli {

namespace {

constexpr std::int64_t tolerance_seconds = 300;
constexpr std::string_view hmac_header = "X-Signature-256";

using check_result = expected<void, std::string>;

bool is_of_standard_webhooks(const secret& key) {
    const auto text = key.reveal();
    return text.starts_with("whsec_") || text.starts_with("whsk_") || text.starts_with("whpk_");
}

check_result check_standard(const secret& key, const http::request& request, wall_time now) {
    for (const auto* name : {"webhook-id", "webhook-timestamp", "webhook-signature"})
        if (!request.has_header(name)) return unexpected<std::string>(std::string("no header ") + name);
    const auto now_seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    return sign::verify(key, request.header("webhook-id"), request.header("webhook-timestamp"), request.body,
                        request.header("webhook-signature"), now_seconds, tolerance_seconds);
}

expected<sign::authenticator, std::string> compile_hmac(const secret& key) {
    hmac_sha256_auth hmac{.secrets = {live_secret{key, std::nullopt}}, .header = std::string(hmac_header)};
    std::vector<authentication> authentications;
    authentications.emplace_back(std::move(hmac));
    return sign::authenticator::compile(authentications);
}

// Signs the body as the daemon would and compares the whole value.
check_result check_hmac(const secret& key, const http::request& request, wall_time now) {
    if (!request.has_header(hmac_header))
        return unexpected<std::string>("no header " + std::string(hmac_header));
    auto signer = compile_hmac(key);
    if (!signer) return unexpected<std::string>(signer.error());

    std::string lines;
    signer->append_headers({}, {}, request.body, now, lines);
    const auto begin = lines.find(": ") + 2;
    const auto value = std::string_view(lines).substr(begin, lines.find("\r\n") - begin);
    if (!equal_constant_time(value, request.header(hmac_header)))
        return unexpected<std::string>(std::string(hmac_header) + " is another signature");
    return {};
}

}  // namespace

expected<signature_check, std::string> signature_check::make(std::vector<std::string> texts) {
    std::vector<secret> secrets;
    for (auto& text : texts) {
        secret key(std::move(text));
        if (key.empty()) return unexpected<std::string>("an empty secret verifies nothing");
        if (key.reveal().starts_with("whsec_") || key.reveal().starts_with("whsk_")) {
            const auto parsed = sign::signing_key::parse(key);
            if (!parsed) return unexpected<std::string>(parsed.error());
        }
        secrets.push_back(std::move(key));
    }
    return signature_check(std::move(secrets));
}

verdict signature_check::operator()(const http::request& request, wall_time now) const {
    verdict result;
    for (const auto& key : secrets_) {
        const auto checked =
            is_of_standard_webhooks(key) ? check_standard(key, request, now) : check_hmac(key, request, now);
        if (checked) return {verdict::kind::verified, {}};
        // Of several secrets the first is the newest, so its reason is the one that helps.
        if (result.what == verdict::kind::unchecked) result = {verdict::kind::refused, checked.error()};
    }
    return result;
}

}  // namespace postrider::cli
