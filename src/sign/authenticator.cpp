#include "header_rules.h"
#include "refuse.h"

#include <postrider/base/encoding.h>
#include <postrider/sign/authenticator.h>
#include <postrider/sign/hmac.h>
#include <postrider/sign/standard_webhooks.h>

#include <openssl/crypto.h>

#include <optional>

namespace postrider::sign {

namespace {

constexpr std::size_t most_secrets = 3;
constexpr std::size_t room_behind = 256;
constexpr std::string_view event_id_header = "X-Event-ID";

template <typename Key>
struct live_key {
    Key key;
    std::optional<wall_time> expires_at;
    [[nodiscard]] bool lives(wall_time now) const noexcept { return !expires_at || now < *expires_at; }
};

struct body_signature {
    std::vector<std::string> lines;  ///< beginnings of lines: of the newest live key, then of the next
    std::vector<live_key<hmac_sha256>> keys;
};

std::string previous_name(std::string_view header) {
    return std::string(header) + "-Previous";
}

/// "name: parts…\r\n", made in one piece so that no reallocation leaves a copy of a secret behind.
secret header_line(std::string_view name, std::initializer_list<std::string_view> parts) {
    std::size_t size = name.size() + 4;
    for (const auto part : parts)
        size += part.size();
    std::string line;
    line.reserve(size);
    line.append(name).append(": ");
    for (const auto part : parts)
        line.append(part);
    return secret(std::move(line.append("\r\n")));
}

expected<void, std::string> check_secrets(const std::vector<live_secret>& secrets) {
    if (secrets.empty()) return refuse("a secret is needed");
    if (secrets.size() > most_secrets) return refuse("at most 3 secrets may be live");
    return {};
}

expected<void, std::string> check_credential(const secret& value, const char* name) {
    if (value.empty()) return refuse(std::string(name) + " must not be empty");
    if (!check_header_value(value.reveal())) {
        return refuse(std::string(name) + " must not hold control characters such as line ends");
    }
    return {};
}

}  // namespace

struct authenticator::state {
    std::vector<live_key<signing_key>> webhook_keys;
    std::vector<body_signature> body_signatures;
    std::vector<secret> fixed_lines;

    expected<void, std::string> add(const standard_webhooks_auth& settings);
    expected<void, std::string> add(const hmac_sha256_auth& settings);
    expected<void, std::string> add(const bearer_auth& settings);
    expected<void, std::string> add(const basic_auth& settings);
    expected<void, std::string> add(const api_key_auth& settings);

    void append_webhook_signature(std::string_view id, std::string_view timestamp, std::string_view body,
                                  wall_time now, std::string& out);
    void append_body_signatures(std::string_view id, std::string_view body, wall_time now, std::string& out);
};

expected<void, std::string> authenticator::state::add(const standard_webhooks_auth& settings) {
    if (auto good = check_secrets(settings.secrets); !good) return good;
    for (const auto& one : settings.secrets) {
        auto key = signing_key::parse(one.value);
        if (!key) return refuse("secret: " + key.error());
        webhook_keys.push_back({std::move(*key), one.expires_at});
    }
    return {};
}

expected<void, std::string> authenticator::state::add(const hmac_sha256_auth& settings) {
    if (auto good = check_header_name(settings.header); !good) return refuse("header: " + good.error());
    if (auto good = check_secrets(settings.secrets); !good) return good;
    body_signature signature;
    for (const auto& name : {settings.header, previous_name(settings.header)}) {
        signature.lines.push_back(name + ": sha256=");
    }
    for (const auto& one : settings.secrets) {
        if (one.value.empty()) return refuse("secret must not be empty");
        signature.keys.push_back({hmac_sha256(one.value.reveal()), one.expires_at});
    }
    body_signatures.push_back(std::move(signature));
    return {};
}

expected<void, std::string> authenticator::state::add(const bearer_auth& settings) {
    if (auto good = check_header_name(settings.header); !good) return refuse("header: " + good.error());
    if (auto good = check_credential(settings.token, "token"); !good) return good;
    fixed_lines.push_back(header_line(settings.header, {"Bearer ", settings.token.reveal()}));
    return {};
}

expected<void, std::string> authenticator::state::add(const basic_auth& settings) {
    if (settings.username.find(':') != std::string::npos) return refuse("username must not hold a colon");
    if (auto good = check_header_value(settings.username); !good)
        return refuse("username must not hold control characters");
    if (!settings.password.empty()) {
        if (auto good = check_credential(settings.password, "password"); !good) return good;
    }
    std::string both;
    both.reserve(settings.username.size() + settings.password.reveal().size() + 1);
    both.append(settings.username).append(":").append(settings.password.reveal());
    const secret plain(std::move(both));
    const secret encoded(to_base64(bytes_of(plain.reveal())));
    fixed_lines.push_back(header_line("Authorization", {"Basic ", encoded.reveal()}));
    return {};
}

expected<void, std::string> authenticator::state::add(const api_key_auth& settings) {
    if (auto good = check_header_name(settings.header); !good) return refuse("header: " + good.error());
    if (auto good = check_credential(settings.key, "key"); !good) return good;
    fixed_lines.push_back(header_line(settings.header, {settings.key.reveal()}));
    return {};
}

void authenticator::state::append_webhook_signature(std::string_view id, std::string_view timestamp,
                                                    std::string_view body, wall_time now, std::string& out) {
    std::string_view before = "webhook-signature: ";
    for (auto& one : webhook_keys) {
        if (!one.lives(now)) continue;
        out.append(before);
        one.key.append_signature(id, timestamp, body, out);
        before = " ";
    }
    if (before == " ") out.append("\r\n");
}

void authenticator::state::append_body_signatures(std::string_view id, std::string_view body, wall_time now,
                                                  std::string& out) {
    if (body_signatures.empty()) return;
    for (auto& signature : body_signatures) {
        auto line = signature.lines.begin();
        for (auto& one : signature.keys) {
            if (!one.lives(now) || line == signature.lines.end()) continue;
            out.append(*line++).append(to_hex(one.key.compute({body}))).append("\r\n");
        }
    }
    out.append(event_id_header).append(": ").append(id).append("\r\n");
}

namespace {

struct written_names {
    std::vector<std::string> names;
    void operator()(const standard_webhooks_auth&) { names.emplace_back("webhook-signature"); }
    void operator()(const hmac_sha256_auth& settings) {
        names.push_back(settings.header);
        names.push_back(previous_name(settings.header));
    }
    void operator()(const bearer_auth& settings) { names.push_back(settings.header); }
    void operator()(const basic_auth&) { names.emplace_back("Authorization"); }
    void operator()(const api_key_auth& settings) { names.push_back(settings.header); }
};

std::string type_name(const authentication& one) {
    constexpr const char* names[] = {"standard_webhooks", "hmac_sha256", "bearer", "basic", "api_key"};
    static_assert(std::size(names) == std::variant_size_v<authentication>);
    return names[one.index()];
}

/// The first name that is there twice.
std::optional<std::string> repeated(const std::vector<std::string>& names) {
    for (std::size_t later = 1; later < names.size(); ++later) {
        for (std::size_t earlier = 0; earlier < later; ++earlier) {
            if (same_name(names[earlier], names[later])) return names[later];
        }
    }
    return std::nullopt;
}

}  // namespace

std::vector<std::string> header_names(const std::vector<authentication>& authentications) {
    written_names written;
    bool body_signed = false;
    for (const auto& one : authentications) {
        std::visit(written, one);
        body_signed = body_signed || std::holds_alternative<hmac_sha256_auth>(one);
    }
    if (body_signed) written.names.emplace_back(event_id_header);  // once, however many entries sign
    return std::move(written.names);
}

expected<authenticator, std::string> authenticator::compile(
    const std::vector<authentication>& authentications) {
    auto compiled = std::make_unique<state>();
    for (std::size_t n = 0; n < authentications.size(); ++n) {
        const auto added =
            std::visit([&](const auto& one) { return compiled->add(one); }, authentications[n]);
        if (added) continue;
        return refuse("authentication " + std::to_string(n + 1) + " (" + type_name(authentications[n]) +
                      "): " + added.error());
    }
    if (const auto name = repeated(header_names(authentications))) {
        return refuse("two authentications write the header " + *name + ": each may be written once");
    }
    return authenticator(std::move(compiled));
}

authenticator::authenticator(std::unique_ptr<state> compiled) : state_(std::move(compiled)) {}
authenticator::authenticator(authenticator&&) noexcept = default;
authenticator& authenticator::operator=(authenticator&&) noexcept = default;
authenticator::~authenticator() = default;

void authenticator::append_headers(std::string_view id, std::string_view timestamp, std::string_view body,
                                   wall_time now, std::string& out) {
    state_->append_webhook_signature(id, timestamp, body, now, out);
    state_->append_body_signatures(id, body, now, out);
    if (!shows_credentials()) return;
    std::size_t room = body.size() + room_behind;
    for (const auto& line : state_->fixed_lines)
        room += line.reveal().size();
    out.reserve(out.size() + room);
    for (const auto& line : state_->fixed_lines)
        out.append(line.reveal());
}

bool authenticator::shows_credentials() const noexcept {
    return !state_->fixed_lines.empty();
}

}  // namespace postrider::sign
