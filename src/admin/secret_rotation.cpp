#include "secret_rotation.h"

#include <postrider/base/wiping.h>
#include <postrider/sign/standard_webhooks.h>

#include <algorithm>

namespace postrider::admin {

namespace {

constexpr std::size_t most_live = 3;

const std::vector<live_secret>* secrets_of(const authentication& entry) {
    if (const auto* standard = std::get_if<standard_webhooks_auth>(&entry)) return &standard->secrets;
    if (const auto* hmac = std::get_if<hmac_sha256_auth>(&entry)) return &hmac->secrets;
    return nullptr;
}

/// Where in the document the secrets of the n-th authentication stand.
json& find_holder(json& document, std::size_t n) {
    const auto written = document.find("authentication");
    if (written == document.end()) return document;
    return written->is_array() ? written->at(n) : *written;
}

/// A key of the kind that the receiver verifies with now.
std::string make_secret(std::string_view before, random_source& random, std::string& public_key) {
    if (!before.starts_with("whsk_")) return std::string(sign::make_hmac_secret(random).reveal());
    const auto pair = sign::make_ed25519_pair(random);
    public_key = pair.public_key;
    return std::string(pair.private_key.reveal());
}

json line_up(std::string_view fresh, const std::vector<live_secret>& before, milliseconds grace,
             wall_time now) {
    auto list = json::array();
    list.push_back({{"secret", fresh}});
    for (std::size_t n = 0; n < before.size(); ++n) {
        auto end = before[n].expires_at;
        if (n == 0) end = std::min(end.value_or(now + grace), now + grace);
        if (end && *end <= now) continue;
        json one{{"secret", before[n].value.reveal()}};
        if (end) one["expires_at"] = to_rfc3339(*end);
        list.push_back(std::move(one));
    }
    return list;
}

http::response too_many() {
    return http::problem(
        409, "too_many_secrets",
        "three secrets would be live beside the new one: wait until one has ended, or set `secrets`");
}

}  // namespace

expected<rotation, http::response> read_rotation(std::string_view body) {
    const auto document = read_object(body, true);
    if (!document) return unexpected<http::response>(document.error());
    auto faults = find_unknown(*document, {"secret", "grace_seconds"});
    rotation wanted;
    if (const auto given = document->find("secret"); given != document->end()) {
        if (given->is_string()) {
            wanted.secret = given->get<std::string>();
        } else {
            faults.push_back({"secret", "must be a text"});
        }
    }
    if (const auto given = document->find("grace_seconds"); given != document->end()) {
        const double longest = static_cast<double>(rotation::longest_grace.count()) / 1000;
        const double seconds = given->is_number() ? given->get<double>() : -1;
        if (seconds >= 0 && seconds <= longest) {
            wanted.grace = milliseconds(static_cast<milliseconds::rep>(seconds * 1000));
        } else {
            faults.push_back({"grace_seconds", "must be a number from 0 to 2592000"});
        }
    }
    if (!faults.empty()) return unexpected<http::response>(invalid(faults));
    return wanted;
}

expected<rotated, http::response> rotate(json document, const endpoint& read, const rotation& wanted,
                                         wall_time now, random_source& random) {
    const wiping_scope scope;
    const auto& all = read.authentications;
    const auto found = std::ranges::find_if(all, [](const auto& one) { return secrets_of(one) != nullptr; });
    if (found == all.end() || secrets_of(*found)->empty())
        return unexpected<http::response>(http::problem(
            409, "no_secret", "the webhook has no authentication with a secret that could be rotated"));
    const auto& before = *secrets_of(*found);
    rotated out;
    const auto fresh =
        wanted.secret ? *wanted.secret : make_secret(before.front().value.reveal(), random, out.public_key);
    if (!wanted.secret) out.made_secret = fresh;
    const auto is_same = [&](const live_secret& one) { return one.value.reveal() == fresh; };
    if (std::ranges::any_of(before, is_same))
        return unexpected<http::response>(invalid({{"secret", "is one of those in use"}}));
    auto list = line_up(fresh, before, wanted.grace, now);
    if (list.size() > most_live) return unexpected<http::response>(too_many());
    auto& holder = find_holder(document, static_cast<std::size_t>(found - all.begin()));
    holder.erase("secret");
    holder["secrets"] = std::move(list);
    out.document = std::move(document);
    return out;
}

}  // namespace postrider::admin
