#include "field_line.h"

#include "text.h"

#include <algorithm>

namespace postrider::http {

expected<field_line, std::string_view> read_field_line(std::string_view line) noexcept {
    using fault = unexpected<std::string_view>;
    if (line.starts_with(' ') || line.starts_with('\t')) return fault("a header line is folded");
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return fault("a header line has no colon");
    const auto name = line.substr(0, colon);
    if (name.ends_with(' ') || name.ends_with('\t')) return fault("a blank stands before a header's colon");
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_char))
        return fault("a header has an empty or odd name");
    const auto value = trim_blanks(line.substr(colon + 1));
    if (std::any_of(value.begin(), value.end(), is_control))
        return fault("a header's value holds a control character");
    return field_line{name, value};
}

}  // namespace postrider::http
