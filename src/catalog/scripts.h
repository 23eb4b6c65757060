#pragma once

#include <postrider/redis/script.h>

#include <cstddef>
#include <cstdint>

namespace postrider::catalog {

/// The scripts of src/catalog/scripts, as generated at build time, by name.
using script_text = redis::script;
extern const script_text embedded_scripts[];
extern const std::size_t embedded_script_count;

/// In the order of `embedded_scripts`.
enum class script : std::uint8_t {
    change_standing,
    create,
    record,
    remove,
    replace,
    take_cursor_key,
    trim_trail
};

[[nodiscard]] inline const script_text& text_of(script script) noexcept {
    return embedded_scripts[static_cast<std::size_t>(script)];
}

}  // namespace postrider::catalog
