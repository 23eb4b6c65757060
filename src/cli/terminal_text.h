#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postrider::cli {

/// The text with everything that could steer a terminal or reorder its line (control characters, marks of
/// writing direction, bytes that are no UTF-8) as `\xNN`; line ends stay if `lines`.
[[nodiscard]] std::string printable(std::string_view text, bool lines = false);

/// The columns that a printable text takes: 2 for a wide character, 0 for a combining one.
[[nodiscard]] std::size_t columns_of(std::string_view printable);

/// The text, or as much of its beginning as fits into `columns` (at least 1) with `…` behind it.
[[nodiscard]] std::string cut_to(std::string_view printable, std::size_t columns);

}  // namespace postrider::cli
