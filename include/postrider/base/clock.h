#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace postrider {

using milliseconds = std::chrono::milliseconds;

/// A point of the calendar, to show people and to compare with what they wrote. Never for intervals.
using wall_time = std::chrono::sys_time<milliseconds>;

/// A point of CLOCK_MONOTONIC: for intervals inside this process.
using monotonic_time = std::chrono::steady_clock::time_point;

/// CLOCK_BOOTTIME: monotonic, and counts the time that the machine slept. Leases are counted in it.
struct boot_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<boot_clock>;
    static constexpr bool is_steady = true;
    [[nodiscard]] static time_point now() noexcept;
};

/// Where every policy takes the time from, so that tests need not wait. Thread-safe.
class time_source {
 public:
    virtual ~time_source() = default;
    [[nodiscard]] virtual wall_time wall_now() const noexcept = 0;
    [[nodiscard]] virtual monotonic_time monotonic_now() const noexcept = 0;
    [[nodiscard]] virtual boot_clock::time_point boot_now() const noexcept = 0;
};

/// The clocks of the machine. Lives as long as the process.
[[nodiscard]] const time_source& system_time() noexcept;

/// RFC 3339 in UTC with milliseconds: "2026-01-31T12:00:00.000Z". Years 0000 to 9999.
[[nodiscard]] std::string to_rfc3339(wall_time time);

/// The same without memory of its own.
class rfc3339_text {
 public:
    explicit rfc3339_text(wall_time time) noexcept;
    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), text_.size()}; }

 private:
    std::array<char, 24> text_;
};

}  // namespace postrider
