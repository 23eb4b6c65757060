#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace postrider {

/// How many bytes at the front of `text` may stand in a JSON string as they are and are ASCII: up to the
/// first quote, backslash, control character below 0x20, or byte from 0x80 on. Looks at eight bytes at a time
/// (Sean Eron Anderson, Bit Twiddling Hacks, "Determine if a word has a zero byte" and "… a byte less than
/// n").
[[nodiscard]] inline std::size_t plain_json_prefix(std::string_view text) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101U;
    constexpr std::uint64_t highs = 0x8080808080808080U;
    const auto zero_bytes = [](std::uint64_t word) { return (word - ones) & ~word; };
    std::size_t at = 0;
    for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, sizeof word);
        const std::uint64_t below_blank = (word - ones * ' ') & ~word;
        if ((zero_bytes(word ^ (ones * '"')) | zero_bytes(word ^ (ones * '\\')) | below_blank | word) & highs)
            break;
    }
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) >= 0x80 || c == '"' ||
            c == '\\')
            break;
    }
    return at;
}

}  // namespace postrider
