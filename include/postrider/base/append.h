#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postrider {

/// What `append_all` takes: a text, or a literal, whose length the compiler knows.
[[nodiscard]] constexpr std::string_view piece_of(std::string_view text) noexcept {
    return text;
}
template <std::size_t Size>
[[nodiscard]] constexpr std::string_view piece_of(const char (&literal)[Size]) noexcept {
    return {literal, Size - 1};
}

/// Appends all pieces, growing the text once. Inlined, because each call has literals of its own.
template <typename... Pieces>
[[gnu::always_inline]] inline void append_all(std::string& out, const Pieces&... pieces) {
    const std::size_t old = out.size();
    out.resize(old + (piece_of(pieces).size() + ...));
    char* at = out.data() + old;
    ((at += piece_of(pieces).copy(at, piece_of(pieces).size())), ...);
}

}  // namespace postrider
