#include "json_number.h"

#include <charconv>
#include <cstdint>

namespace postrider::config {
namespace {

constexpr std::int64_t most_digits = 60;

/// Of the part behind the "e". Beyond all bounds it is as good as a billion.
std::int64_t read_exponent(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    constexpr std::int64_t bound = 1'000'000'000;
    if (error == std::errc{} && exponent > -bound && exponent < bound) return exponent;
    return text.starts_with('-') ? -bound : bound;
}

std::string zeros(std::int64_t count) {
    return std::string(static_cast<std::size_t>(count), '0');
}

}  // namespace

std::string plain_number(std::string_view number) {
    const bool negative = number.starts_with('-');
    const auto mark = number.find_first_of("eE");
    const auto mantissa = number.substr(0, mark).substr(negative ? 1 : 0);
    const auto dot = mantissa.find('.');
    std::string digits(mantissa.substr(0, dot));
    auto point = static_cast<std::int64_t>(digits.size());  // how many digits stand before it
    if (dot != std::string_view::npos) digits += mantissa.substr(dot + 1);
    const auto first = digits.find_first_not_of('0');
    if (first == std::string::npos) return "0";
    digits.erase(digits.find_last_not_of('0') + 1);
    digits.erase(0, first);
    point -= static_cast<std::int64_t>(first);
    if (mark != std::string_view::npos) point += read_exponent(number.substr(mark + 1));
    const auto count = static_cast<std::int64_t>(digits.size());
    if (point > most_digits || count - point > most_digits || count > most_digits) return std::string(number);
    if (point >= count) {
        digits += zeros(point - count);
    } else if (point > 0) {
        digits.insert(static_cast<std::size_t>(point), 1, '.');
    } else {
        digits.insert(0, "0." + zeros(-point));
    }
    return negative ? '-' + digits : digits;
}

}  // namespace postrider::config
