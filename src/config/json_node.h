#pragma once

#include "node.h"

#include <postrider/base/expected.h>

#include <string>
#include <string_view>
#include <vector>

namespace postrider::config {

/// A JSON document as a tree like that of a YAML one. A piece's `at.line` is the index in `fields` of the
/// path that leads to it, plus one.
struct json_document {
    node_ptr root;
    std::vector<std::string> fields;
};

/// The error says what is wrong: no JSON, a key twice, nesting over 32 levels.
[[nodiscard]] expected<json_document, std::string> parse_json(std::string_view json, std::uint32_t file);

}  // namespace postrider::config
