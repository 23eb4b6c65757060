#include "fields.h"

#include "terminal_text.h"

#include <postrider/base/rfc3339.h>

#include <algorithm>

namespace postrider::cli {

namespace {

constexpr auto nothing = "-";

std::string largest_unit(std::int64_t seconds) {
    constexpr std::pair<std::int64_t, char> units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}};
    for (const auto& [length, letter] : units)
        if (seconds >= length) return std::to_string(seconds / length) + letter;
    return std::to_string(seconds) + 's';
}

}  // namespace

std::string field(const json& row, const char* name) {
    const auto found = row.find(name);
    if (found == row.end() || found->is_null()) return nothing;
    return found->is_string() ? found->get<std::string>() : found->dump();
}

std::string age(const json& row, const char* name, wall_time now) {
    const auto text = field(row, name);
    const auto at = parse_rfc3339(text);
    if (!at) return text;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *at).count();
    return seconds < 0 ? "in " + largest_unit(-seconds) : largest_unit(seconds);
}

std::string grouped(std::uint64_t number) {
    auto digits = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), 1, ',');
    return digits;
}

std::string grouped(const json& row, const char* name) {
    const auto found = row.find(name);
    if (found == row.end() || !found->is_number_unsigned()) return nothing;
    return grouped(found->get<std::uint64_t>());
}

std::string list_of(const std::vector<std::pair<std::string, std::string>>& lines) {
    std::size_t width = 0;
    for (const auto& [name, value] : lines)
        width = std::max(width, columns_of(name));
    std::string out;
    for (const auto& [name, value] : lines)
        out += name + std::string(width - columns_of(name) + 2, ' ') + printable(value) + '\n';
    return out;
}

}  // namespace postrider::cli
