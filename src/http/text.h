#pragma once

#include <array>
#include <string_view>

namespace postrider::http {

/// What a byte may be part of, looked up instead of asked: a head has hundreds of them.
struct char_classes {
    std::array<bool, 256> token{};
    std::array<bool, 256> control{};
    constexpr char_classes() {
        for (int c = 0; c < 256; ++c) {
            const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            const bool is_digit = c >= '0' && c <= '9';
            const auto at = static_cast<std::size_t>(c);
            token[at] = is_letter || is_digit;
            control[at] = (c < 0x20 && c != '\t') || c == 0x7f;
        }
        for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
            token[static_cast<unsigned char>(c)] = true;
    }
};
inline constexpr char_classes classes;

/// RFC 9110 tchar: what methods and field names are made of.
[[nodiscard]] constexpr bool is_token_char(char c) noexcept {
    return classes.token[static_cast<unsigned char>(c)];
}

/// What no field's value holds.
[[nodiscard]] constexpr bool is_control(char c) noexcept {
    return classes.control[static_cast<unsigned char>(c)];
}

[[nodiscard]] constexpr std::string_view trim_blanks(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

}  // namespace postrider::http
