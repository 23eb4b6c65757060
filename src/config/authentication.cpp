#include "endpoint.h"

#include <postrider/sign/authenticator.h>

#include <algorithm>
#include <array>

namespace postrider::config {
namespace {

constexpr std::size_t max_authentications = 8;
constexpr std::size_t max_secrets = 3;

std::optional<live_secret> read_live_secret(reading& reading, const item& value) {
    const auto map = section::open(reading, value, keys::live_secret);
    if (!map) return std::nullopt;
    live_secret live;
    if (!map->find("secret")) add_missing(reading, value, "secret");
    take(*map, "secret", live.value, [&](const item& text) { return read_secret(reading, text); });
    take(*map, "expires_at", live.expires_at, [&](const item& text) { return read_time(reading, text); });
    return live;
}

std::vector<live_secret> read_secret_list(reading& reading, const item& list) {
    std::vector<live_secret> secrets;
    const auto items = read_list(reading, list, max_secrets);
    if (!items) return secrets;
    for (const auto& one : *items)
        if (auto live = read_live_secret(reading, one)) secrets.push_back(std::move(*live));
    if (items->empty()) add_fault(reading, list, "is empty; allowed are 1 to 3 entries, newest first");
    const bool all_expire = !secrets.empty() && std::ranges::all_of(secrets, [](const auto& one) {
        return one.expires_at.has_value();
    });
    if (all_expire)
        add_fault(reading, list,
                  "would leave nothing to sign with: at least one entry must be without \"expires_at\"");
    return secrets;
}

/// From `secret` or `secrets`, of which one must stand there.
std::vector<live_secret> read_secrets(reading& reading, const section& map, const item& entry) {
    const auto one = map.find("secret");
    const auto several = map.find("secrets");
    if (one && several) add_fault(reading, *several, "stands beside \"secret\"; allowed is one of both");
    if (several) return read_secret_list(reading, *several);
    if (!one) {
        add_missing(reading, entry, "secret");
        return {};
    }
    auto value = read_secret(reading, *one);
    if (!value) return {};
    return {{std::move(*value), std::nullopt}};
}

/// The text under `key`, which must be there, of at most so many bytes.
std::string read_needed(reading& reading, const section& map, const item& entry, std::string_view key,
                        std::size_t most = max_credential) {
    std::string value;
    if (!map.find(key)) add_missing(reading, entry, key);
    take(map, key, value, [&](const item& found) { return read_short_text(reading, found, most); });
    return value;
}

void read_header(reading& reading, const section& map, std::string& header) {
    take(map, "header", header,
         [&](const item& value) { return read_short_text(reading, value, max_header_name); });
}

authentication read_standard_webhooks(reading& reading, const section& map, const item& entry) {
    return standard_webhooks_auth{read_secrets(reading, map, entry)};
}

authentication read_hmac_sha256(reading& reading, const section& map, const item& entry) {
    hmac_sha256_auth made;
    made.secrets = read_secrets(reading, map, entry);
    read_header(reading, map, made.header);
    return made;
}

authentication read_bearer(reading& reading, const section& map, const item& entry) {
    bearer_auth made;
    made.token = secret(read_needed(reading, map, entry, "token"));
    read_header(reading, map, made.header);
    return made;
}

authentication read_basic(reading& reading, const section& map, const item& entry) {
    return basic_auth{read_needed(reading, map, entry, "username"),
                      secret(read_needed(reading, map, entry, "password"))};
}

authentication read_api_key(reading& reading, const section& map, const item& entry) {
    return api_key_auth{read_needed(reading, map, entry, "header", max_header_name),
                        secret(read_needed(reading, map, entry, "key"))};
}

struct authentication_type {
    std::string_view name;
    const key_list& known;
    authentication (*read)(reading&, const section&, const item&);
};

const std::array<authentication_type, 5> types{{
    {"standard_webhooks", keys::standard_webhooks, &read_standard_webhooks},
    {"hmac_sha256", keys::hmac_sha256, &read_hmac_sha256},
    {"bearer", keys::bearer, &read_bearer},
    {"basic", keys::basic, &read_basic},
    {"api_key", keys::api_key, &read_api_key},
}};

/// The type that an entry names; standard_webhooks when it names none.
const authentication_type* find_type(reading& reading, const item& entry) {
    const auto* written = entry.value->what == node::kind::map ? find_entry(*entry.value, "type") : nullptr;
    if (written == nullptr) return &types.front();
    const item value{"type", written->value, written->value->at};
    const auto text = read_text(reading, value);
    if (!text) return nullptr;
    for (const auto& type : types)
        if (type.name == text->text) return &type;
    refuse_value(reading, value, *text, "standard_webhooks, hmac_sha256, bearer, basic or api_key");
    return nullptr;
}

std::optional<authentication> read_authentication(reading& reading, const item& entry) {
    const auto* type = find_type(reading, entry);
    if (type == nullptr) {
        // The keys that no type has are reported nonetheless.
        (void)section::open(reading, entry, keys::any_authentication);
        return std::nullopt;
    }
    const auto map = section::open(reading, entry, type->known);
    if (!map) return std::nullopt;
    return type->read(reading, *map, entry);
}

std::vector<authentication> read_entries(reading& reading, const item& written) {
    std::vector<authentication> read;
    const bool is_list = written.value->what == node::kind::list;
    const auto items = is_list ? read_list(reading, written, max_authentications)
                               : std::optional(std::vector<item>{written});
    if (!items) return read;
    if (items->empty()) add_fault(reading, written, "is an empty list; allowed are 1 to 8 entries");
    for (const auto& one : *items)
        if (auto made = read_authentication(reading, one)) read.push_back(std::move(*made));
    return read;
}

}  // namespace

std::vector<authentication> read_authentications(reading& reading, const section& endpoint, const item& entry,
                                                 bool required) {
    const auto written = endpoint.find("authentication");
    const auto one = endpoint.find("secret");
    const auto several = endpoint.find("secrets");
    if (written && (one || several))
        add_fault(reading, one ? *one : *several,
                  "stands beside \"authentication\"; allowed is one of both: put it into the list under "
                  "\"authentication\", as {type: standard_webhooks, secret: …}");
    const auto faults_before = reading.faults.count();
    std::vector<authentication> read;
    if (written) {
        read = read_entries(reading, *written);
    } else if (one || several) {
        read.emplace_back(standard_webhooks_auth{read_secrets(reading, endpoint, entry)});
    } else if (required) {
        add_fault(reading, entry,
                  "has neither \"secret\" nor \"authentication\": standard_webhooks, the default, signs with "
                  "a secret. "
                  "Make one with: postrider secret new");
    }
    if (read.empty() || reading.faults.count() != faults_before) return read;
    const auto compiled = sign::authenticator::compile(read);
    if (!compiled)
        add_fault(reading, written ? *written : one ? *one : *several, "cannot be used: " + compiled.error());
    return read;
}

}  // namespace postrider::config
