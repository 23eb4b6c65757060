#include "timestamp.h"

namespace postrider::config {
namespace {

using namespace std::chrono;

/// Takes `digits` digits and then `separator` from the front; -1 when something else is there.
int take_number(std::string_view& text, std::size_t digits, char separator = '\0') {
    const std::size_t length = digits + (separator == '\0' ? 0 : 1);
    if (text.size() < length) return -1;
    int value = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    if (separator != '\0' && text[digits] != separator) return -1;
    text.remove_prefix(length);
    return value;
}

/// ".123456" to 123 ms; without a point nothing is taken. Negative: a point without digits.
int take_fraction(std::string_view& text) {
    if (!text.starts_with('.')) return 0;
    text.remove_prefix(1);
    int value = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits)
        if (digits < 3) value = value * 10 + (text[digits] - '0');
    if (digits == 0) return -1;
    text.remove_prefix(digits);
    for (; digits < 3; ++digits)
        value *= 10;
    return value;
}

std::optional<minutes> take_offset(std::string_view text) {
    if (text == "Z" || text == "z") return minutes(0);
    if (!text.starts_with('+') && !text.starts_with('-')) return std::nullopt;
    const bool behind = text.front() == '-';
    text.remove_prefix(1);
    const int hour = take_number(text, 2, ':');
    const int minute = take_number(text, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || !text.empty()) return std::nullopt;
    const minutes offset(hour * 60 + minute);
    return behind ? -offset : offset;
}

}  // namespace

std::optional<wall_time> parse_rfc3339(std::string_view text) noexcept {
    const int year_number = take_number(text, 4, '-');
    const int month_number = take_number(text, 2, '-');
    const int day_number = take_number(text, 2);
    if (year_number < 0 || month_number < 0 || day_number < 0) return std::nullopt;
    if (text.empty() || (text.front() != 'T' && text.front() != 't' && text.front() != ' '))
        return std::nullopt;
    text.remove_prefix(1);
    const int hour = take_number(text, 2, ':');
    const int minute = take_number(text, 2, ':');
    const int second = take_number(text, 2);
    const int fraction = take_fraction(text);
    const year_month_day date(year(year_number), month(static_cast<unsigned>(month_number)),
                              day(static_cast<unsigned>(day_number)));
    if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 ||
        fraction < 0)
        return std::nullopt;
    const auto offset = take_offset(text);
    if (!offset) return std::nullopt;
    return sys_days(date) + hours(hour) + minutes(minute) - *offset + seconds(second) +
           milliseconds(fraction);
}

}  // namespace postrider::config
