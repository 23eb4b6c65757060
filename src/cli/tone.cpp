#include "tone.h"

#include <algorithm>
#include <array>

namespace postrider::cli {

namespace {

using std::string_view;

constexpr std::array<string_view, 4> good_states{"active", "delivered", "closed", "done"};
constexpr std::array<string_view, 5> uncertain_states{"paused", "retrying", "retry", "half_open", "running"};
constexpr std::array<string_view, 5> bad_states{"disabled", "dead", "expired", "open", "failed"};

/// Of the terminal's own sixteen, which its owner chose to be readable.
constexpr string_view beginning_of(tone tone) {
    switch (tone) {
        case tone::good:
            return "\x1b[32m";
        case tone::uncertain:
            return "\x1b[33m";
        case tone::bad:
            return "\x1b[31m";
        case tone::plain:
            break;
    }
    return {};
}

}  // namespace

tone tone_of(std::string_view state) {
    const auto name = state.substr(0, state.find(' '));
    if (std::ranges::find(good_states, name) != good_states.end()) return tone::good;
    if (std::ranges::find(uncertain_states, name) != uncertain_states.end()) return tone::uncertain;
    if (std::ranges::find(bad_states, name) != bad_states.end()) return tone::bad;
    return tone::plain;
}

std::string painted(std::string_view printable, tone tone) {
    const auto beginning = beginning_of(tone);
    if (beginning.empty() || printable.empty()) return std::string(printable);
    return std::string(beginning).append(printable).append("\x1b[0m");
}

}  // namespace postrider::cli
