#pragma once

#include <algorithm>
#include <string_view>

namespace postrider::config {

/// 1 to 64 of [A-Za-z0-9_-] and of `more`.
[[nodiscard]] inline bool is_name(std::string_view text, std::string_view more = {}) {
    const auto fits = [&](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-' || more.find(c) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, fits);
}

inline constexpr const char* name_alphabet = "1 to 64 letters, digits, '_' and '-'";

}  // namespace postrider::config
