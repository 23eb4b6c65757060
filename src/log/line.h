#pragma once

#include <postrider/base/clock.h>
#include <postrider/log/log.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace postrider::log {

/// Longer texts are cut here and end with "…": one line must not carry somebody's whole response.
constexpr std::size_t most_text_bytes = 1024;

[[nodiscard]] std::string_view to_string(level level) noexcept;

/// One line, its end included. Whatever the texts hold, the line is valid UTF-8, and JSON where that is
/// asked.
[[nodiscard]] std::string render_line(format format, wall_time time, level level, std::string_view message,
                                      std::initializer_list<field> fields);

}  // namespace postrider::log
