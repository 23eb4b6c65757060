#pragma once

#include "node.h"

#include <string>

namespace postrider::config {

/// Reads one YAML document. Faults go into the report, each with its place: wrong syntax, a key twice in one
/// map, keys that are no text, tags, several documents, nesting over 32 levels, and aliases that blow the
/// document up to over five million nodes. Merge keys (`<<`) are resolved: keys of the map itself win, then
/// those of the first map named. Null after wrong syntax; an empty document is a null node.
[[nodiscard]] node_ptr parse_document(const std::string& text, std::uint32_t file, report& faults);

}  // namespace postrider::config
