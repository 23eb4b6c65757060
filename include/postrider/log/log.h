#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// Structured logs: a fixed message and named fields, as one line of JSON or of text on stderr.
/// Thread-safe. Lines are buffered for at most 200 ms, warnings and errors go out at once. Where stderr is
/// the journal's (JOURNAL_STREAM), each line begins with its priority as sd-daemon(3) has it, `<6>` for
/// `info`, which the journal takes off and keeps.
/// Fields are an allow-list by construction: only what a caller names is written; CR, LF and other control
/// characters are escaped in both formats.
namespace postrider::log {

enum class level : std::uint8_t { debug, info, warning, error };
enum class format : std::uint8_t { text, json };

[[nodiscard]] std::string_view to_string(level level) noexcept;
[[nodiscard]] std::string_view to_string(format format) noexcept;
[[nodiscard]] std::optional<level> level_of(std::string_view name) noexcept;
[[nodiscard]] std::optional<format> format_of(std::string_view name) noexcept;

struct settings {
    level least = level::info;
    format shape = format::text;
    double sampling = 1;  ///< from 0 to 1: of so many events the lines are written that tell of no failure
};
/// Sets up the process's log, and changes it at any time. Without it, nothing is written below `warning`, the
/// format is text, and every event is in the sample.
void configure(const settings& settings);
[[nodiscard]] settings current() noexcept;

/// Whether the event is one of the sample. The same on every daemon and for each stage of an event: a hash
/// of its id decides, so that all lines of one event are there or none.
[[nodiscard]] bool in_sample(std::string_view event_id) noexcept;

/// Writes what is buffered. Called before the process ends.
void flush() noexcept;

[[nodiscard]] bool enabled(level level) noexcept;

/// One named value. Views are read before the call returns. A field whose text is empty is left out. The name
/// is the program's own: lower-case letters and '_', written as they are.
struct field {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;

    field(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
    field(std::string_view field_name, const char* text) : name(field_name), value(std::string_view(text)) {}
    field(std::string_view field_name, const std::string& text)
        : name(field_name), value(std::string_view(text)) {}
    field(std::string_view field_name, bool flag) : name(field_name), value(flag) {}
    field(std::string_view field_name, double number) : name(field_name), value(number) {}
    template <std::integral Number>
    field(std::string_view field_name, Number number)
        : name(field_name), value(static_cast<std::int64_t>(number)) {}
};

/// Text: `2026-01-31T12:00:00.000Z info  message name=value name="value with space"`.
/// JSON: `{"time":"…","level":"info","message":"…","name":value}`.
void write(level level, std::string_view message, std::initializer_list<field> fields = {});

inline void debug(std::string_view message, std::initializer_list<field> fields = {}) {
    write(level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<field> fields = {}) {
    write(level::info, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<field> fields = {}) {
    write(level::warning, message, fields);
}
inline void error(std::string_view message, std::initializer_list<field> fields = {}) {
    write(level::error, message, fields);
}

}  // namespace postrider::log
