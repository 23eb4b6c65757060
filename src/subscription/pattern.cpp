#include "segments.h"

#include <postrider/subscription/pattern.h>

#include <algorithm>

namespace postrider::subscription {
namespace {

constexpr std::size_t max_length = 256;

bool is_type_character(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/// Where matching goes on when the text after a `**` did not fit: that `**` takes one segment more.
struct retreat {
    segments pattern;
    segments type;
};

}  // namespace

bool matches(std::string_view pattern_text, std::string_view type_text) noexcept {
    segments pattern(pattern_text);
    segments type(type_text);
    std::optional<retreat> last;
    for (;;) {
        if (!pattern.done()) {
            segments ahead = pattern;
            const auto wanted = ahead.next();
            if (wanted == any_segments) {
                pattern = ahead;
                last = retreat{pattern, type};
                continue;
            }
            if (!type.done()) {
                pattern = ahead;
                const auto segment = type.next();
                if (wanted == one_segment || wanted == segment) continue;
            }
        } else if (type.done()) {
            return true;
        }
        if (!last || last->type.done()) return false;
        last->type.next();
        pattern = last->pattern;
        type = last->type;
    }
}

std::optional<std::string> fault_of(std::string_view pattern) {
    constexpr auto allowed =
        "; allowed are 1 to 256 letters, digits, '_', '-' and '.', where a whole segment between dots may be "
        "'*' (exactly one segment) or '**' (any number)";
    if (pattern.empty()) return std::string("the pattern is empty") + allowed;
    if (pattern.size() > max_length) return std::string("the pattern is longer than 256 bytes") + allowed;
    for (segments rest(pattern); !rest.done();) {
        const auto segment = rest.next();
        if (segment == one_segment || segment == any_segments) continue;
        if (segment.find('*') != std::string_view::npos)
            return std::string("the pattern has a '*' inside a segment") + allowed;
        if (!std::ranges::all_of(segment, is_type_character))
            return std::string("the pattern has a character that no event type has") + allowed;
    }
    return std::nullopt;
}

bool is_event_type(std::string_view type) noexcept {
    return !type.empty() && type.size() <= max_length && std::ranges::all_of(type, is_type_character);
}

}  // namespace postrider::subscription
