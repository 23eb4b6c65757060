#pragma once

#include <cstddef>
#include <string_view>

namespace postrider::http {

/// The length, 1 to 4, of the UTF-8 sequence that `text` begins with; 0 when it begins with none. Strict (RFC
/// 3629): no overlong forms, no surrogates, nothing over U+10FFFF. `text` is not empty.
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text) noexcept;

}  // namespace postrider::http
