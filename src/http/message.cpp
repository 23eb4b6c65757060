#include "text.h"

#include <postrider/base/ascii.h>
#include <postrider/http/message.h>
#include <postrider/http/utf8.h>

#include <algorithm>

namespace postrider::http {

namespace {

const std::string* find_header(const std::vector<std::pair<std::string, std::string>>& headers,
                               std::string_view name) noexcept {
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& header) {
        return ascii::equal_ignoring_case(header.first, name);
    });
    return found == headers.end() ? nullptr : &found->second;
}

/// The short form of an escape, or 0.
char short_escape(char c) noexcept {
    switch (c) {
        case '"':
        case '\\':
            return c;
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return '\0';
    }
}

void append_escaped(std::string& out, char c) {
    static constexpr char digits[] = "0123456789abcdef";
    if (const char letter = short_escape(c); letter != '\0') {
        out += {'\\', letter};
        return;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
}

bool needs_escape(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

}  // namespace

std::string_view request::header(std::string_view name) const noexcept {
    const auto* value = find_header(headers, name);
    return value == nullptr ? std::string_view() : std::string_view(*value);
}

bool request::has_header(std::string_view name) const noexcept {
    return find_header(headers, name) != nullptr;
}

std::size_t request::count_headers(std::string_view name) const noexcept {
    return static_cast<std::size_t>(std::count_if(headers.begin(), headers.end(), [&](const auto& header) {
        return ascii::equal_ignoring_case(header.first, name);
    }));
}

response problem(int status, std::string_view code, std::string_view detail) {
    response answer;
    answer.status = status;
    answer.content_type = "application/problem+json";
    answer.body = problem_json(status, code, detail);
    return answer;
}

std::string problem_json(int status, std::string_view code, std::string_view detail) {
    std::string out = R"({"type":"about:blank","title":)";
    append_json_string(out, reason_phrase(status));
    out += R"(,"status":)";
    out += std::to_string(status);
    out += R"(,"code":)";
    append_json_string(out, code);
    out += R"(,"detail":)";
    append_json_string(out, detail);
    out += '}';
    return out;
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        std::size_t length = utf8_sequence_length(text);
        if (length == 0) {
            out += "\xEF\xBF\xBD";
            length = 1;
        } else if (length == 1 && needs_escape(text.front())) {
            append_escaped(out, text.front());
        } else {
            out.append(text.substr(0, length));
        }
        text.remove_prefix(length);
    }
    out += '"';
}

std::string_view reason_phrase(int status) noexcept {
    struct entry {
        int status;
        std::string_view phrase;
    };
    static constexpr entry phrases[] = {
        {100, "Continue"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {207, "Multi-Status"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };
    const auto found = std::find_if(std::begin(phrases), std::end(phrases),
                                    [&](const entry& entry) { return entry.status == status; });
    return found == std::end(phrases) ? std::string_view("Unknown") : found->phrase;
}

}  // namespace postrider::http
