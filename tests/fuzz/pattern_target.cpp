// Patterns of subscriptions: the matcher, the tree and a slow reader of the rules agree.

#include "fuzz/pieces.h"
#include "fuzz/target.h"

#include <postrider/subscription/pattern.h>

#include <subscription/trie.h>

#include <algorithm>
#include <string>
#include <vector>

namespace postrider::fuzz {
namespace {

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto dot = text.find('.');
        parts.push_back(text.substr(0, dot));
        if (dot == std::string_view::npos) return parts;
        text.remove_prefix(dot + 1);
    }
}

/// What matches, by a table of all beginnings of both.
bool matches_slowly(std::string_view pattern_text, std::string_view type_text) {
    const auto pattern = split(pattern_text);
    const auto type = split(type_text);
    std::vector<bool> before(type.size() + 1, false);
    before[0] = true;
    for (const auto segment : pattern) {
        std::vector<bool> now(type.size() + 1, false);
        now[0] = segment == "**" && before[0];
        for (std::size_t n = 1; n <= type.size(); ++n) {
            if (segment == "**")
                now[n] = before[n] || now[n - 1];
            else
                now[n] = before[n - 1] && (segment == "*" || segment == type[n - 1]);
        }
        before = std::move(now);
    }
    return before.back();
}

}  // namespace
}  // namespace postrider::fuzz

/// Lines: an event's type, then patterns.
FUZZ_TARGET(pattern) {
    using namespace postrider;
    using namespace postrider::fuzz;
    const auto type = take_part(input, '\n');
    if (!subscription::is_event_type(type)) return;
    subscription::trie tree;
    std::vector<std::uint32_t> expected;
    for (std::uint32_t number = 0; number < 16 && !input.empty(); ++number) {
        const auto pattern = take_part(input, '\n');
        if (const auto fault = subscription::fault_of(pattern)) {
            HOLDS(!fault->empty());
            continue;
        }
        const bool matched = subscription::matches(pattern, type);
        HOLDS(matched == matches_slowly(pattern, type));
        tree.add(pattern, number);
        if (matched) expected.push_back(number);
    }
    HOLDS(tree.match(type) == expected);
}
