#include <postrider/base/rfc3339.h>

#include <algorithm>

namespace postrider {

namespace {

namespace chrono = std::chrono;

/// Takes fixed parts off the front; after the first fault everything is a fault.
class reader {
 public:
    explicit reader(std::string_view rest) : rest_(rest) {}

    int number(std::size_t digits) noexcept {
        int value = 0;
        for (std::size_t n = 0; n < digits; ++n)
            value = value * 10 + digit();
        return value;
    }

    void letter(char upper) noexcept {
        if (!rest_.empty() && (rest_[0] == upper || (upper == 'T' && rest_[0] == 't')))
            rest_.remove_prefix(1);
        else
            good_ = false;
    }

    milliseconds fraction() noexcept {
        if (!rest_.starts_with('.')) return milliseconds(0);
        rest_.remove_prefix(1);
        int value = digit();
        int places = 1;
        while (!rest_.empty() && is_digit(rest_[0])) {
            const int next = digit();
            if (places++ < 3) value = value * 10 + next;
        }
        for (; places < 3; ++places)
            value *= 10;
        return milliseconds(value);
    }

    chrono::minutes offset() noexcept {
        if (rest_ == "Z" || rest_ == "z") return chrono::minutes(0);
        const bool west = rest_.starts_with('-');
        if (!west && !rest_.starts_with('+')) good_ = false;
        rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
        const int hours = number(2);
        letter(':');
        const int minutes = number(2);
        if (hours > 23 || minutes > 59 || !rest_.empty()) good_ = false;
        const auto size = chrono::hours(hours) + chrono::minutes(minutes);
        return west ? -size : size;
    }

    void require(bool condition) noexcept { good_ = good_ && condition; }
    [[nodiscard]] bool good() const noexcept { return good_; }

 private:
    static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
    int digit() noexcept {
        if (rest_.empty() || !is_digit(rest_[0])) {
            good_ = false;
            return 0;
        }
        const int value = rest_[0] - '0';
        rest_.remove_prefix(1);
        return value;
    }

    std::string_view rest_;
    bool good_ = true;
};

}  // namespace

std::optional<wall_time> parse_rfc3339(std::string_view text) noexcept {
    reader in(text);
    const auto year = chrono::year(in.number(4));
    in.letter('-');
    const auto month = chrono::month(static_cast<unsigned>(in.number(2)));
    in.letter('-');
    const chrono::year_month_day date(year, month, chrono::day(static_cast<unsigned>(in.number(2))));
    in.letter('T');
    const int hours = in.number(2);
    in.letter(':');
    const int minutes = in.number(2);
    in.letter(':');
    const int seconds = in.number(2);
    const auto fraction = in.fraction();
    const auto offset = in.offset();
    in.require(date.ok() && hours <= 23 && minutes <= 59 && seconds <= 60);
    if (!in.good()) return std::nullopt;
    const wall_time time = chrono::sys_days(date) + chrono::hours(hours) + chrono::minutes(minutes) +
                           chrono::seconds(seconds) + fraction - offset;
    const bool at_midnight = time - chrono::floor<chrono::days>(time) < chrono::seconds(1);
    if (seconds == 60 && !at_midnight) return std::nullopt;
    const auto utc_year = chrono::year_month_day(chrono::floor<chrono::days>(time)).year();
    if (utc_year < chrono::year(0) || utc_year > chrono::year(9999)) return std::nullopt;
    return time;
}

}  // namespace postrider
