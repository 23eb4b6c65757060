#include "saved_text.h"

#include <algorithm>
#include <charconv>

namespace postrider::breaker {

std::string_view take_field(std::string_view& rest) noexcept {
    const auto end = rest.find(':');
    const auto field = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return field;
}

std::optional<std::int64_t> read_number(std::string_view digits, std::int64_t most) noexcept {
    if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    std::int64_t value = 0;
    const auto* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end || value > most) return std::nullopt;
    return value;
}

}  // namespace postrider::breaker
