#pragma once

#include "line_buffer.h"

#include <postrider/base/clock.h>
#include <postrider/log/log.h>

#include <initializer_list>
#include <string_view>

namespace postrider::log {

/// Longer texts are cut here and end with "…": one line must not carry somebody's whole response.
constexpr std::size_t most_text_bytes = 1024;

/// Appends one line, its end included, `priority` in front of it. Whatever the texts hold, the line is valid
/// UTF-8, and JSON where that is asked.
void render_line(line_buffer& out, std::string_view priority, format format, wall_time time, level level,
                 std::string_view message, std::initializer_list<field> fields);

}  // namespace postrider::log
