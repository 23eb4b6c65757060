#pragma once

#include "report.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::config {

/// Where the pieces of a JSON document stand. Each place is kept as a step from the one around it: paths
/// would take many times the document's size, and only those of faults are ever asked for.
class field_paths {
 public:
    /// Places are told apart by their line in `file`, which counts them.
    explicit field_paths(std::uint32_t file) : file_(file) {}

    [[nodiscard]] position add_root() { return add({0, {}, 0}); }
    [[nodiscard]] position add(position around, std::string_view key);
    [[nodiscard]] position add(position around, std::size_t index) { return add({around.line, {}, index}); }

    /// Such as "retry.schedule[2].delay_seconds", keys as faults may show them; empty for the root and for
    /// line 0.
    [[nodiscard]] std::string path_of(std::size_t line) const;

 private:
    struct step {
        std::uint32_t around = 0;  ///< its line; 0: none
        std::string key;           ///< as it may be shown; empty: an item of a list
        std::size_t index = 0;
    };
    [[nodiscard]] position add(step step);

    std::uint32_t file_;
    std::vector<step> steps_;
};

}  // namespace postrider::config
