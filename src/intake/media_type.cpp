#include "media_type.h"

#include <postrider/base/ascii.h>

namespace postrider::intake {

namespace {

std::string_view trim(std::string_view text) noexcept {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_utf8_charset(std::string_view parameter) noexcept {
    return ascii::equal_ignoring_case(parameter, "charset=utf-8") ||
           ascii::equal_ignoring_case(parameter, "charset=\"utf-8\"");
}

}  // namespace

media read_media_type(std::string_view content_type) noexcept {
    const auto end = std::min(content_type.find(';'), content_type.size());
    const auto type = trim(content_type.substr(0, end));
    auto rest = content_type.substr(std::min(end + 1, content_type.size()));
    while (!rest.empty()) {
        const auto next = std::min(rest.find(';'), rest.size());
        const auto parameter = trim(rest.substr(0, next));
        if (!parameter.empty() && !is_utf8_charset(parameter)) return media::other;
        rest.remove_prefix(std::min(next + 1, rest.size()));
    }
    if (ascii::equal_ignoring_case(type, "application/json")) return media::json;
    if (ascii::equal_ignoring_case(type, "application/x-ndjson")) return media::ndjson;
    return media::other;
}

}  // namespace postrider::intake
