#include <postrider/base/clock.h>

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace postrider {

namespace {

class machine_time final : public time_source {
 public:
    wall_time wall_now() const noexcept override {
        return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
    }
    monotonic_time monotonic_now() const noexcept override { return std::chrono::steady_clock::now(); }
    boot_clock::time_point boot_now() const noexcept override { return boot_clock::now(); }
};

/// Made before the program begins and never destroyed. A static variable of a function would be made at its
/// first call, and a child forked by another thread meanwhile would wait for it for ever; and destructors of
/// other static objects still want the time.
union never_destroyed {
    machine_time value;
    constexpr never_destroyed() : value() {}
    ~never_destroyed() {}
};
constinit never_destroyed clocks;

void put_digits(char* where, unsigned value, int digits) noexcept {
    for (int place = digits - 1; place >= 0; --place) {
        where[place] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

}  // namespace

boot_clock::time_point boot_clock::now() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);  // cannot fail: the clock exists since Linux 2.6.39
    return time_point(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

const time_source& system_time() noexcept {
    return clocks.value;
}

namespace {

/// Most times that are written are of the present minute: the calendar is asked once for each.
struct written_minute {
    std::int64_t minute = std::numeric_limits<std::int64_t>::min();  // since 1970
    std::array<char, 24> text{};

    void write(wall_time time) noexcept {
        using namespace std::chrono;
        const sys_days day = floor<days>(time);
        const year_month_day date(day);
        const hh_mm_ss clock(time - day);
        constexpr std::string_view shape = "0000-00-00T00:00:00.000Z";
        shape.copy(text.data(), text.size());
        put_digits(&text[0], static_cast<unsigned>(static_cast<int>(date.year())), 4);
        put_digits(&text[5], static_cast<unsigned>(date.month()), 2);
        put_digits(&text[8], static_cast<unsigned>(date.day()), 2);
        put_digits(&text[11], static_cast<unsigned>(clock.hours().count()), 2);
        put_digits(&text[14], static_cast<unsigned>(clock.minutes().count()), 2);
    }
};

}  // namespace

rfc3339_text::rfc3339_text(wall_time time) noexcept {
    using namespace std::chrono;
    constexpr wall_time first = sys_days(year(0) / January / 1);
    constexpr wall_time last = wall_time(sys_days(year(10000) / January / 1)) - milliseconds(1);
    time = std::clamp(time, first, last);

    thread_local written_minute latest;
    const auto minute = floor<minutes>(time);
    if (const auto count = std::int64_t{minute.time_since_epoch().count()}; count != latest.minute) {
        latest.write(time);
        latest.minute = count;
    }
    text_ = latest.text;
    const auto within = static_cast<unsigned>((time - minute).count());
    put_digits(&text_[17], within / 1000, 2);
    put_digits(&text_[20], within % 1000, 3);
}

std::string to_rfc3339(wall_time time) {
    return std::string(rfc3339_text(time).view());
}

}  // namespace postrider
