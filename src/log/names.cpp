#include <postrider/log/log.h>

namespace postrider::log {

std::string_view to_string(level level) noexcept {
    switch (level) {
        case level::debug:
            return "debug";
        case level::info:
            return "info";
        case level::warning:
            return "warning";
        case level::error:
            return "error";
    }
    return "error";
}

std::string_view to_string(format format) noexcept {
    return format == format::json ? "json" : "text";
}

std::optional<level> level_of(std::string_view name) noexcept {
    for (const auto one : {level::debug, level::info, level::warning, level::error})
        if (name == to_string(one)) return one;
    return std::nullopt;
}

std::optional<format> format_of(std::string_view name) noexcept {
    for (const auto one : {format::text, format::json})
        if (name == to_string(one)) return one;
    return std::nullopt;
}

}  // namespace postrider::log
