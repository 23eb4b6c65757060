#include <postrider/base/clock.h>

#include <time.h>

#include <algorithm>

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

std::string to_rfc3339(wall_time time) {
    using namespace std::chrono;
    constexpr wall_time first = sys_days(year(0) / January / 1);
    constexpr wall_time last = wall_time(sys_days(year(10000) / January / 1)) - milliseconds(1);
    time = std::clamp(time, first, last);

    const sys_days day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    std::string text = "0000-00-00T00:00:00.000Z";
    put_digits(&text[0], static_cast<unsigned>(static_cast<int>(date.year())), 4);
    put_digits(&text[5], static_cast<unsigned>(date.month()), 2);
    put_digits(&text[8], static_cast<unsigned>(date.day()), 2);
    put_digits(&text[11], static_cast<unsigned>(clock.hours().count()), 2);
    put_digits(&text[14], static_cast<unsigned>(clock.minutes().count()), 2);
    put_digits(&text[17], static_cast<unsigned>(clock.seconds().count()), 2);
    put_digits(&text[20], static_cast<unsigned>(clock.subseconds().count()), 3);
    return text;
}

}  // namespace postrider
