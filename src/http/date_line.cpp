#include "date_line.h"

#include <array>
#include <cstdio>

namespace postrider::http {

std::string_view date_line::now() {
    const std::time_t time = std::time(nullptr);
    if (time == made_at_) return line_;
    made_at_ = time;
    // strftime would follow the locale; the names of the protocol are English.
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    std::array<char, 64> text;
    const int size = std::snprintf(text.data(), text.size(), "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n",
                                   days[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                                   months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                                   parts.tm_hour, parts.tm_min, parts.tm_sec);
    line_.assign(text.data(), static_cast<std::size_t>(size));
    return line_;
}

}  // namespace postrider::http
