#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace postrider {

/// How plain_json_prefix looks at bytes: one, eight or sixteen at a time.
namespace json_bytes {

[[nodiscard]] constexpr bool is_plain(char c) noexcept {
    return static_cast<unsigned char>(c) >= ' ' && static_cast<unsigned char>(c) < 0x80 && c != '"' &&
           c != '\\';
}

/// Eight of them (Sean Eron Anderson, Bit Twiddling Hacks, "Determine if a word has a zero byte" and "… a
/// byte less than n"). On a machine whose first byte is the lowest.
struct word {
    static constexpr std::size_t width = 8;
    static constexpr int bits_of_byte = 8;
    /// A bit of each byte that is not plain; right for the first of them, and for those before it.
    [[nodiscard]] static std::uint64_t find_odd(const char* at) noexcept {
        constexpr std::uint64_t ones = 0x0101010101010101U;
        constexpr std::uint64_t highs = 0x8080808080808080U;
        const auto zero_bytes = [](std::uint64_t bytes) { return (bytes - ones) & ~bytes; };
        std::uint64_t bytes = 0;
        std::memcpy(&bytes, at, sizeof bytes);
        const std::uint64_t below_blank = (bytes - ones * ' ') & ~bytes;
        return (zero_bytes(bytes ^ (ones * '"')) | zero_bytes(bytes ^ (ones * '\\')) | below_blank | bytes) &
               highs;
    }
};

#ifdef __SSE2__
struct vector {
    static constexpr std::size_t width = 16;
    static constexpr int bits_of_byte = 1;
    [[nodiscard]] static std::uint64_t find_odd(const char* at) noexcept {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
        const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
        // As signed numbers, bytes from 0x80 on are below the blank too.
        const __m128i others = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
        return static_cast<std::uint64_t>(
            _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), others)));
    }
};
#else
using vector = word;
#endif

/// `text` has at least as many bytes as are looked at in one go.
template <typename Lane>
[[nodiscard]] std::size_t plain_prefix(std::string_view text) noexcept {
    const auto first_of = [](std::uint64_t odd) {
        return static_cast<std::size_t>(std::countr_zero(odd) / Lane::bits_of_byte);
    };
    const std::size_t last = text.size() - Lane::width;
    for (std::size_t at = 0; at < last; at += Lane::width)
        if (const auto odd = Lane::find_odd(text.data() + at); odd != 0) return at + first_of(odd);
    // What is left is looked at together with bytes before it, which are plain.
    const auto odd = Lane::find_odd(text.data() + last);
    return odd == 0 ? text.size() : last + first_of(odd);
}

}  // namespace json_bytes

/// How many bytes at the front of `text` may stand in a JSON string as they are and are ASCII: up to the
/// first quote, backslash, control character below 0x20, or byte from 0x80 on.
[[nodiscard]] inline std::size_t plain_json_prefix(std::string_view text) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        if (text.size() >= json_bytes::vector::width)
            return json_bytes::plain_prefix<json_bytes::vector>(text);
        if (text.size() >= json_bytes::word::width) return json_bytes::plain_prefix<json_bytes::word>(text);
    }
    std::size_t at = 0;
    while (at < text.size() && json_bytes::is_plain(text[at]))
        ++at;
    return at;
}

}  // namespace postrider
