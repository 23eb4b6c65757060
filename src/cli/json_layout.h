#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider::cli {

/// Whether the text is JSON, with numbers of any size.
[[nodiscard]] bool is_json(std::string_view text);

/// JSON laid out over several lines. Only the white space between tokens is changed: numbers, escapes and the
/// order of keys stay as they came. Nothing when the text is not JSON.
[[nodiscard]] std::optional<std::string> lay_out_json(std::string_view text);

/// The member `name` of a JSON object when it is a string; else empty.
[[nodiscard]] std::string string_member(std::string_view json, std::string_view name);

}  // namespace postrider::cli
