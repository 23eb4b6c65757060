#pragma once

#include <span>
#include <string_view>

namespace postrider {

/// A text file that the build put into the program.
struct embedded_file {
    std::string_view name;  ///< within its folder: "views/overview.js"
    std::string_view text;
};

/// The folder console/, embedded by the build.
[[nodiscard]] std::span<const embedded_file> console_files();

}  // namespace postrider
