#include "defaults.h"

#include <postrider/base/ascii.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace postrider::config {
namespace {

using name_list = std::span<const std::string_view>;

constexpr std::array<std::string_view, 9> merged_keys{"retry",   "timeout",         "tls",
                                                      "headers", "circuit_breaker", "rate_limit",
                                                      "limits",  "logging",         "auto_disable"};
constexpr std::array<std::string_view, 3> credentials{"secret", "secrets", "authentication"};
constexpr std::array<std::string_view, 1> schedule{"schedule"};
constexpr std::array<std::string_view, 4> exponential{"max_attempts", "initial_delay_seconds",
                                                      "backoff_multiplier", "max_delay_seconds"};

bool contains(name_list names, std::string_view key) {
    return std::ranges::find(names, key) != names.end();
}

bool has_any(const node& map, name_list names) {
    return std::ranges::any_of(map.entries, [&](const auto& entry) { return contains(names, entry.key); });
}

/// Whether what `own` says leaves no place for the default `key`.
bool displaces(const node& own, std::string_view key) {
    if (contains(credentials, key)) return has_any(own, credentials);
    if (contains(schedule, key)) return has_any(own, exponential);
    return contains(exponential, key) && has_any(own, schedule);
}

bool is_map(const node_ptr& node) {
    return node && node->what == node::kind::map;
}

node_ptr lay_over_flat(const node_ptr& own, const node_ptr& below, bool names_are_headers) {
    if (!is_map(below) || (!is_map(own) && own->what != node::kind::null)) return own;
    auto merged = std::make_shared<node>(*own);
    merged->what = node::kind::map;
    for (const auto& entry : below->entries) {
        const auto same = [&](const auto& other) {
            return names_are_headers ? ascii::equal_ignoring_case(other.key, entry.key)
                                     : other.key == entry.key;
        };
        if (std::ranges::any_of(own->entries, same) || displaces(*own, entry.key)) continue;
        merged->entries.push_back(entry);
        ++merged->entries.back().distance;
    }
    return merged;
}

}  // namespace

node_ptr lay_over(const node_ptr& own, const node_ptr& below) {
    if (!is_map(below)) return own;
    const auto laid = lay_over_flat(own, below, false);
    if (laid == own) return own;
    auto merged = std::make_shared<node>(*laid);
    for (auto& entry : merged->entries) {
        const auto* found = contains(merged_keys, entry.key) ? find_entry(*below, entry.key) : nullptr;
        if (found != nullptr && found->value != entry.value)
            entry.value = lay_over_flat(entry.value, found->value, entry.key == "headers");
    }
    return merged;
}

}  // namespace postrider::config
