#pragma once

#include <postrider/base/expected.h>

#include <string_view>

namespace postrider::http {

struct field_line {
    std::string_view name;
    std::string_view value;  ///< without the blanks around it
};

/// One header or trailer line, without its CRLF, strictly: a token, a colon, a value without control
/// characters. The error is for people.
[[nodiscard]] expected<field_line, std::string_view> read_field_line(std::string_view line) noexcept;

}  // namespace postrider::http
