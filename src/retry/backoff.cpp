#include <postrider/retry/decision.h>

#include <algorithm>

namespace postrider::retry {
namespace {

/// The greatest table entry that a product may become; casting a larger double would be undefined.
double saturated(double count) {
    constexpr auto most =
        static_cast<double>(std::chrono::milliseconds(std::chrono::hours(24 * 365 * 1000)).count());
    return std::min(count, most);
}

}  // namespace

std::vector<milliseconds> default_table() {
    using namespace std::chrono_literals;
    return {5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
}

std::vector<milliseconds> exponential_table(std::uint32_t max_attempts, milliseconds initial,
                                            double multiplier, milliseconds max_delay) {
    std::vector<milliseconds> table;
    table.reserve(max_attempts);
    auto next = static_cast<double>(initial.count());
    for (std::uint32_t retry = 0; retry < max_attempts; ++retry) {
        next = saturated(next);
        table.push_back(std::min(milliseconds(static_cast<milliseconds::rep>(next)), max_delay));
        next *= multiplier;
    }
    return table;
}

milliseconds with_jitter(milliseconds delay, random_source& random) {
    constexpr milliseconds::rep short_delay = 60'000;
    if (delay <= milliseconds::zero()) return milliseconds::zero();
    const auto count = delay.count();
    const auto window = static_cast<std::uint64_t>(count < short_delay ? count / 2 : count / 5);
    const auto extra = static_cast<milliseconds::rep>(random.next() % (window + 1));
    return milliseconds(count + std::min(extra, milliseconds::max().count() - count));
}

}  // namespace postrider::retry
