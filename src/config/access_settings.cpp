#include "access_settings.h"

#include "names.h"
#include "policies.h"
#include "timestamp.h"
#include "values.h"

#include <postrider/base/digest.h>

#include <algorithm>
#include <set>

namespace postrider::config {
namespace {

constexpr std::size_t max_tokens = 1000;
constexpr std::size_t least_token = 16;
constexpr std::size_t most_token = 512;

std::optional<std::uint8_t> read_scopes(reading& reading, const item& list) {
    const auto items = read_list(reading, list, 3);
    if (!items) return std::nullopt;
    unsigned scopes = 0;
    for (const auto& one : *items) {
        const auto text = read_text(reading, one);
        if (!text) continue;
        if (text->text == "ingest") {
            scopes |= static_cast<unsigned>(access::scope::ingest);
        } else if (text->text == "read") {
            scopes |= static_cast<unsigned>(access::scope::read);
        } else if (text->text == "admin") {
            scopes |= static_cast<unsigned>(access::scope::admin);
        } else {
            refuse_value(reading, one, *text, "ingest, read or admin");
        }
    }
    if (items->empty()) add_fault(reading, list, "is empty; allowed are ingest, read and admin");
    return static_cast<std::uint8_t>(scopes);
}

/// The digest of a token that may be sent in an Authorization header.
std::optional<sha256_digest> read_token_digest(reading& reading, const item& value) {
    const auto text = read_secret(reading, value);
    if (!text) return std::nullopt;
    const auto bytes = text->reveal();
    const bool visible = std::ranges::all_of(bytes, [](char c) { return c > ' ' && c < '\x7f'; });
    if (visible && bytes.size() >= least_token && bytes.size() <= most_token) return sha256({bytes});
    add_fault(reading, value, "is not a token; allowed are 16 to 512 visible ASCII characters");
    return std::nullopt;
}

std::optional<std::string> read_name(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    if (is_name(text->text)) return text->text;
    refuse_value(reading, value, *text, name_alphabet);
    return std::nullopt;
}

/// Tells what an entry lacks; one fault for each key.
void require_keys(reading& reading, const item& entry, const section& map,
                  std::initializer_list<std::string_view> needed) {
    for (const auto key : needed)
        if (!map.find(key)) add_missing(reading, entry, key);
}

struct seen_tokens {
    std::set<std::string> names;
    std::set<sha256_digest> digests;
};

void remember_value(reading& reading, const item& value, const sha256_digest& digest, seen_tokens& seen) {
    if (digest != sha256_digest{} && !seen.digests.insert(digest).second)
        add_fault(reading, value, "is the same as another token; each needs a value of its own");
}

/// The value that is still good while clients change to the new one.
void read_previous(reading& reading, const section& map, seen_tokens& seen, access::token& token) {
    const auto value = map.find("previous_token");
    const auto end = map.find("previous_token_expires_at");
    if (end && !value) add_fault(reading, *end, "stands alone; allowed is it beside \"previous_token\"");
    if (!value) return;
    token.previous.emplace();
    take(map, "previous_token", token.previous->digest,
         [&](const item& text) { return read_token_digest(reading, text); });
    take(map, "previous_token_expires_at", token.previous->expires_at,
         [&](const item& text) { return read_time(reading, text); });
    remember_value(reading, *value, token.previous->digest, seen);
}

void read_token(reading& reading, const item& entry, seen_tokens& seen, std::vector<access::token>& tokens) {
    const auto map = section::open(reading, entry, keys::token);
    if (!map) return;
    require_keys(reading, entry, *map, {"name", "token", "scopes"});
    access::token token;
    take(*map, "name", token.name, [&](const item& value) { return read_name(reading, value); });
    take(*map, "token", token.digest, [&](const item& value) { return read_token_digest(reading, value); });
    take(*map, "scopes", token.scopes, [&](const item& value) { return read_scopes(reading, value); });
    take(*map, "tenant", token.tenant, [&](const item& value) { return read_name(reading, value); });
    if (!token.name.empty() && !seen.names.insert(token.name).second)
        add_fault(reading, *map->find("name"), "is the name of another token too; each needs one of its own");
    if (const auto value = map->find("token")) remember_value(reading, *value, token.digest, seen);
    read_previous(reading, *map, seen, token);
    take(*map, "rate_limit", token.rate_limit,
         [&](const item& value) { return read_rate_limit(reading, value, false); });
    tokens.push_back(std::move(token));
}

}  // namespace

void read_access(reading& reading, const section& top, access_settings& settings) {
    const auto found = top.find("access");
    const auto access = found ? section::open(reading, *found, keys::access) : std::nullopt;
    if (!access) return;
    take(*access, "open_metrics", settings.open_metrics,
         [&](const item& value) { return read_switch(reading, value); });
    const auto list = access->find("tokens");
    const auto items = list ? read_list(reading, *list, max_tokens) : std::nullopt;
    seen_tokens seen;
    if (!items) return;
    for (const auto& entry : *items)
        read_token(reading, entry, seen, settings.tokens);
}

}  // namespace postrider::config
