#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace postrider::http {

/// The size that a chunk's first line (without its CRLF) gives; nothing when the line, its extensions
/// included, is not by RFC 9112 section 7.1.
[[nodiscard]] std::optional<std::uint64_t> read_chunk_line(std::string_view line) noexcept;

}  // namespace postrider::http
