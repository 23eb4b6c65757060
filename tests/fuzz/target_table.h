#pragma once

#include <algorithm>
#include <array>
#include <string_view>

// targets.inc is written by CMakeLists.txt: a line TARGET(name) for each.
#define TARGET(name) void fuzz_##name(std::string_view input);
#include "targets.inc"
#undef TARGET

namespace postrider::fuzz {

struct named_target {
    std::string_view name;
    void (*run)(std::string_view input);
};

#define TARGET(name) named_target{#name, fuzz_##name},
inline constexpr std::array targets{
#include "targets.inc"
};
#undef TARGET

/// Null when there is none of this name.
[[nodiscard]] inline const named_target* find_target(std::string_view name) {
    const auto* const found = std::ranges::find(targets, name, &named_target::name);
    return found == targets.end() ? nullptr : found;
}

}  // namespace postrider::fuzz
