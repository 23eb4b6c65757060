#include "section.h"

#include <algorithm>

namespace postrider::config {
namespace {

std::string join(key_list keys) {
    std::string text;
    for (const auto key : keys)
        text.append(text.empty() ? "" : ", ").append(key);
    return text;
}

bool is_known(std::string_view key, key_list known) {
    return std::ranges::find(known, key) != known.end();
}

void report_unknown(reading& reading, const map_entry& entry, key_list known) {
    std::string message = "unknown key \"" + shown_key(entry.key) + "\"; the nearest known one is \"";
    message.append(nearest_key(entry.key, known)).append("\"; allowed here: ").append(join(known));
    reading.faults.add(entry.key_at, std::move(message));
}

}  // namespace

std::string shown_key(std::string_view key) {
    const auto plain = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-' || c == '.';
    };
    // Also behind other letters, as when a quote or a line end got lost.
    const auto has = [&](std::string_view part) { return key.find(part) != std::string_view::npos; };
    const bool is_secret = has("whsec_") || has("whsk_") || has("Bearer");
    const bool fit = !key.empty() && key.size() <= 64 && !is_secret && std::ranges::all_of(key, plain);
    return std::string(fit ? key : "***");
}

void add_fault(reading& reading, const item& at, const std::string& what) {
    reading.faults.add(at.at, (at.of_list ? "an item of \"" : "\"") + std::string(at.name) + "\" " + what);
}

void add_missing(reading& reading, const item& map, std::string_view key, const std::string& why) {
    auto missing = map;
    if (reading.fields != nullptr) missing.at = reading.fields->add(map.at, key);
    add_fault(reading, missing, "lacks the key \"" + std::string(key) + '"' + why);
}

std::optional<section> section::open(reading& reading, const item& map, key_list known) {
    if (map.value->what == node::kind::null) return section(map.value, map.at);
    if (map.value->what != node::kind::map) {
        add_fault(reading, map, "must be a map with the keys: " + join(known));
        return std::nullopt;
    }
    for (const auto& entry : map.value->entries)
        if (!is_known(entry.key, known)) report_unknown(reading, entry, known);
    return section(map.value, map.at);
}

std::optional<item> section::find(std::string_view key) const {
    const auto* entry = find_entry(*map_, key);
    if (entry == nullptr) return std::nullopt;
    return item{key, entry->value, entry->value->at, false, entry->distance};
}

std::optional<std::vector<item>> read_list(reading& reading, const item& list, std::size_t most) {
    if (list.value->what == node::kind::null) return std::vector<item>{};
    if (list.value->what != node::kind::list) {
        add_fault(reading, list, "must be a list, such as [one, two]");
        return std::nullopt;
    }
    if (list.value->items.size() > most) {
        add_fault(reading, list, "has too many items; allowed are " + std::to_string(most));
        return std::nullopt;
    }
    std::vector<item> items;
    items.reserve(list.value->items.size());
    for (const auto& value : list.value->items)
        items.push_back({list.name, value, value->at, true});
    return items;
}

}  // namespace postrider::config
