#pragma once

#include "field_paths.h"
#include "node.h"

#include <postrider/base/expected.h>
#include <postrider/config/endpoint_document.h>

#include <string_view>

namespace postrider::config {

/// A JSON object as a tree like that of a YAML map, in which positions are those of `fields`. Numbers are
/// without exponent where that is not too long.
struct json_document {
    node_ptr root;
    field_paths fields;
};

/// The error is the first fault: no JSON, no object, a key twice, nesting over 32 levels, a number beyond
/// those of the machine.
[[nodiscard]] expected<json_document, document_fault> parse_json(std::string_view json, std::uint32_t file);

}  // namespace postrider::config
