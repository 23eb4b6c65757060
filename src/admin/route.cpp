#include "route.h"

#include <algorithm>

namespace postrider::admin {

namespace {

constexpr std::size_t longest_parameter = 400;  // a delivery's id: 4 + 22 + 1 + 64; an event's: 256

std::optional<int> hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return std::nullopt;
}

bool is_plain(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '-';
}

/// A segment percent-decoded; nothing when it can be no identifier of ours.
std::optional<std::string> read_parameter(std::string_view segment) {
    std::string out;
    for (std::size_t at = 0; at < segment.size(); ++at) {
        char c = segment[at];
        if (c == '%') {
            if (segment.size() - at < 3) return std::nullopt;
            const auto high = hex_digit(segment[at + 1]);
            const auto low = hex_digit(segment[at + 2]);
            if (!high || !low) return std::nullopt;
            c = static_cast<char>(*high * 16 + *low);
            at += 2;
        }
        if (!is_plain(c)) return std::nullopt;
        out += c;
    }
    if (out.empty() || out.size() > longest_parameter) return std::nullopt;
    return out;
}

std::string_view take_segment(std::string_view& rest) noexcept {
    const auto end = std::min(rest.find('/'), rest.size());
    const auto segment = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return segment;
}

/// The parameters of `path` when `pattern` describes it.
std::optional<std::vector<std::string>> match_path(std::string_view pattern, std::string_view path) {
    if (std::count(pattern.begin(), pattern.end(), '/') != std::count(path.begin(), path.end(), '/'))
        return std::nullopt;
    std::vector<std::string> parameters;
    while (!pattern.empty()) {
        const auto wanted = take_segment(pattern);
        const auto given = take_segment(path);
        if (!wanted.starts_with('{')) {
            if (wanted != given) return std::nullopt;
            continue;
        }
        auto parameter = read_parameter(given);
        if (!parameter) return std::nullopt;
        parameters.push_back(std::move(*parameter));
    }
    if (!path.empty()) return std::nullopt;  // "/" has as many slashes as "/health"
    return parameters;
}

bool answers(const route& route, std::string_view method) noexcept {
    return route.method == method || (method == "HEAD" && route.method == "GET");
}

/// Intake's own path, which the template of an event's would take for the event "batch".
constexpr std::string_view batch_of_intake = "/api/events/batch";

}  // namespace

match find_route(std::span<const std::span<const route>> groups, std::string_view method,
                 std::string_view path) {
    match found;
    if (path == batch_of_intake) return found;
    for (const auto& group : groups) {
        for (const auto& candidate : group) {
            auto parameters = match_path(candidate.path, path);
            if (!parameters) continue;
            if (!found.allowed.empty()) found.allowed += ", ";
            found.allowed += candidate.method == "GET" ? "GET, HEAD" : candidate.method;
            if (found.by_method != nullptr || !answers(candidate, method)) continue;
            found.by_method = &candidate;
            found.parameters = std::move(*parameters);
        }
    }
    return found;
}

}  // namespace postrider::admin
