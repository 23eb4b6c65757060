#include "stored_text.h"

#include <postrider/base/stored_time.h>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <utility>

namespace postrider::catalog {

namespace {

using json = nlohmann::json;

/// Cannot occur inside a JSON string, whose quotes are escaped: the first one is ours.
constexpr std::string_view before_settings = ",\"settings\":";

std::optional<wall_time> time_in(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_number_integer()) return std::nullopt;
    // What needs the 64th bit would come out as another number.
    if (found->is_number_unsigned() && found->get<std::uint64_t>() > latest_stored_milliseconds)
        return std::nullopt;
    return stored_time(found->get<std::int64_t>());
}

std::optional<std::string> text_in(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

json parse_object(std::string_view text) {
    json parsed = json::parse(text, nullptr, false);
    return parsed.is_object() ? parsed : json::object();
}

std::optional<standing::disablement> disablement_of(std::string_view text) {
    if (text.empty()) return standing::disablement::none;
    if (text == "gone") return standing::disablement::gone;
    if (text == "failing") return standing::disablement::failing;
    return std::nullopt;
}

}  // namespace

secret encode_entry(const entry& entry) {
    json head;
    head["tenant"] = entry.tenant;
    head["created_at"] = entry.created_at.time_since_epoch().count();
    head["updated_at"] = entry.updated_at.time_since_epoch().count();
    std::string start = head.dump();
    start.pop_back();
    const std::string_view settings = entry.settings.reveal();
    std::string text;
    text.reserve(start.size() + before_settings.size() + settings.size() + 1);  // and never moved
    text.append(start).append(before_settings).append(settings).push_back('}');
    return secret(std::move(text));
}

std::optional<entry> decode_entry(std::string id, const secret& text) {
    const std::string_view all = text.reveal();
    const auto end_of_head = all.find(before_settings);
    if (end_of_head == std::string_view::npos || !all.ends_with('}')) return std::nullopt;
    std::string_view settings = all.substr(end_of_head + before_settings.size());
    settings.remove_suffix(1);
    if (!settings.starts_with('{') || !settings.ends_with('}')) return std::nullopt;
    const json head = parse_object(std::string(all.substr(0, end_of_head)) + '}');
    const auto tenant = text_in(head, "tenant");
    const auto created_at = time_in(head, "created_at");
    const auto updated_at = time_in(head, "updated_at");
    if (!tenant || !created_at || !updated_at) return std::nullopt;
    entry decoded;
    decoded.id = std::move(id);
    decoded.tenant = *tenant;
    decoded.settings = secret(std::string(settings));
    decoded.created_at = *created_at;
    decoded.updated_at = *updated_at;
    return decoded;
}

std::optional<standing> decode_standing(std::string_view text) {
    const json object = parse_object(text);
    const auto paused = object.find("paused");
    const auto disabled = text_in(object, "disabled");
    const auto since = time_in(object, "since");
    const auto url = text_in(object, "url");
    if (paused == object.end() || !paused->is_boolean() || !disabled || !since || !url) return std::nullopt;
    const auto disablement = disablement_of(*disabled);
    if (!disablement) return std::nullopt;
    standing decoded;
    decoded.paused = paused->get<bool>();
    decoded.disabled = *disablement;
    decoded.since = *since;
    decoded.url_text = *url;
    decoded.verified_url = text_in(object, "verified").value_or(std::string());
    decoded.verification_error = text_in(object, "verification_error").value_or(std::string());
    decoded.challenged_at = time_in(object, "challenged_at");
    return decoded;
}

}  // namespace postrider::catalog
