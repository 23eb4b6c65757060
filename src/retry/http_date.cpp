#include "http_date.h"

#include <algorithm>
#include <array>

namespace postrider::retry {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> long_days{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                    "Friday", "Saturday", "Sunday"};

/// Reads a text from its front; once something does not fit, it stays failed.
class cursor {
 public:
    explicit cursor(std::string_view text) : rest_(text) {}

    void skip(std::string_view expected) {
        if (!rest_.starts_with(expected)) return fail();
        rest_.remove_prefix(expected.size());
    }

    int number(std::size_t digits) {
        if (rest_.size() < digits) return fail(), 0;
        int value = 0;
        for (const char c : rest_.substr(0, digits)) {
            if (c < '0' || c > '9') return fail(), 0;
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }

    /// asctime writes a day of one digit behind a second space.
    int padded_day() {
        if (!rest_.starts_with(' ')) return number(2);
        skip(" ");
        return number(1);
    }

    unsigned month() {
        const auto found = std::ranges::find(months, rest_.substr(0, 3));
        if (found == months.end()) return fail(), 0U;
        rest_.remove_prefix(3);
        return static_cast<unsigned>(found - months.begin()) + 1;
    }

    void short_day() {
        const bool known = rest_.size() >= 3 && std::ranges::any_of(long_days, [&](std::string_view day) {
                               return day.substr(0, 3) == rest_.substr(0, 3);
                           });
        if (!known) return fail();
        rest_.remove_prefix(3);
    }

    void long_day() {
        const auto found =
            std::ranges::find_if(long_days, [&](std::string_view day) { return rest_.starts_with(day); });
        if (found == long_days.end()) return fail();
        rest_.remove_prefix(found->size());
    }

    [[nodiscard]] bool done() const { return !failed_ && rest_.empty(); }

 private:
    void fail() {
        failed_ = true;
        rest_ = {};
    }
    std::string_view rest_;
    bool failed_ = false;
};

struct date_fields {
    int year = 0;
    unsigned month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

void read_clock(cursor& text, date_fields& fields) {
    fields.hour = text.number(2);
    text.skip(":");
    fields.minute = text.number(2);
    text.skip(":");
    fields.second = text.number(2);
}

std::optional<wall_time> to_time(const date_fields& fields) {
    const year_month_day date(year(fields.year), month(fields.month), day(static_cast<unsigned>(fields.day)));
    // A leap second is written as 60; it counts as the second after it.
    if (!date.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60) return std::nullopt;
    return sys_days(date) + hours(fields.hour) + minutes(fields.minute) + seconds(fields.second);
}

std::optional<wall_time> parse_fixdate(cursor text) {
    date_fields fields;
    text.short_day();
    text.skip(", ");
    fields.day = text.number(2);
    text.skip(" ");
    fields.month = text.month();
    text.skip(" ");
    fields.year = text.number(4);
    text.skip(" ");
    read_clock(text, fields);
    text.skip(" GMT");
    return text.done() ? to_time(fields) : std::nullopt;
}

std::optional<wall_time> parse_rfc850(cursor text, wall_time now) {
    date_fields fields;
    text.long_day();
    text.skip(", ");
    fields.day = text.number(2);
    text.skip("-");
    fields.month = text.month();
    text.skip("-");
    const int short_year = text.number(2);
    text.skip(" ");
    read_clock(text, fields);
    text.skip(" GMT");
    if (!text.done()) return std::nullopt;
    const int this_year = static_cast<int>(year_month_day(floor<days>(now)).year());
    fields.year = this_year - this_year % 100 + short_year;
    if (fields.year > this_year + 50) fields.year -= 100;
    return to_time(fields);
}

std::optional<wall_time> parse_asctime(cursor text) {
    date_fields fields;
    text.short_day();
    text.skip(" ");
    fields.month = text.month();
    text.skip(" ");
    fields.day = text.padded_day();
    text.skip(" ");
    read_clock(text, fields);
    text.skip(" ");
    fields.year = text.number(4);
    return text.done() ? to_time(fields) : std::nullopt;
}

}  // namespace

std::optional<wall_time> parse_http_date(std::string_view text, wall_time now) noexcept {
    if (const auto time = parse_fixdate(cursor(text))) return time;
    if (const auto time = parse_rfc850(cursor(text), now)) return time;
    return parse_asctime(cursor(text));
}

}  // namespace postrider::retry
