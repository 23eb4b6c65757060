#pragma once

#include "report.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace postrider::config {

struct node;
using node_ptr = std::shared_ptr<const node>;

struct map_entry {
    std::string key;
    position key_at;
    node_ptr value;
    std::uint32_t distance = 0;  ///< how many levels of defaults above the map it was merged into
};

/// A piece of a YAML document. Anchored pieces are shared by their aliases, so it is never changed once it
/// is whole.
struct node {
    enum class kind : std::uint8_t { null, scalar, list, map };
    kind what = kind::null;
    /// Of a scalar: JSON tells what it is, in YAML any may be read as any.
    enum class scalar_form : std::uint8_t { any, text, number, boolean };
    scalar_form form = scalar_form::any;
    position at;
    std::string text;                ///< of a scalar, references not yet replaced
    std::vector<node_ptr> items;     ///< of a list
    std::vector<map_entry> entries;  ///< of a map; no key twice
    std::uint64_t weight = 1;        ///< nodes in it, those behind aliases counted each time
};

/// The value of a key; null when the map has no such key.
[[nodiscard]] inline const map_entry* find_entry(const node& map, std::string_view key) {
    for (const auto& entry : map.entries)
        if (entry.key == key) return &entry;
    return nullptr;
}

}  // namespace postrider::config
