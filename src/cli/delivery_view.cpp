#include "delivery_view.h"

#include "json_layout.h"
#include "terminal_text.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace postrider::cli {

namespace {

constexpr std::string_view indent = "    ";

bool is_private(std::string_view name) {
    constexpr std::array<std::string_view, 6> marks = {"auth",  "cookie", "key",
                                                       "token", "secret", "password"};
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::any_of(marks.begin(), marks.end(),
                       [&](auto mark) { return lower.find(mark) != std::string::npos; });
}

std::string describe(const verdict& checked) {
    switch (checked.what) {
        case verdict::kind::verified:
            return "verified";
        case verdict::kind::refused:
            return "NOT-verified (" + printable(checked.reason) + ")";
        case verdict::kind::unchecked:
            break;
    }
    return "unchecked (no --secret)";
}

std::string or_dash(std::string_view text) {
    return text.empty() ? "-" : printable(text);
}

std::string first_line(const delivery_view& view) {
    const auto& request = view.request;
    const auto size = request.body.size();
    return '#' + std::to_string(view.number) + ' ' + to_rfc3339(view.at) + ' ' + describe(view.checked) +
           ' ' + or_dash(string_member(request.body, "type")) + ' ' + or_dash(request.header("webhook-id")) +
           " attempt " + or_dash(request.header("postrider-attempt")) + ", " + std::to_string(size) +
           (size == 1 ? " byte" : " bytes") + ", answered " + std::to_string(view.answered) + '\n';
}

void append_indented(std::string& out, std::string_view lines) {
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        out.append(indent).append(lines.substr(0, end)) += '\n';
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
}

void append_payload(std::string& out, std::string_view body) {
    std::string shown = lay_out_json(body).value_or(std::string(body));
    const auto whole = shown.size();
    if (whole > max_shown_bytes) shown.resize(max_shown_bytes);
    append_indented(out, printable(shown, true));
    if (whole > max_shown_bytes) out.append(indent) += "... cut here; --raw shows all of it\n";
}

}  // namespace

std::string render(const delivery_view& view, const view_options& options) {
    std::string out = first_line(view);
    if (options.headers) {
        for (const auto& [name, value] : view.request.headers)
            out.append(indent) +=
                printable(name) + ": " + (is_private(name) ? "***" : printable(value)) + '\n';
    }
    if (options.raw) {
        out += view.request.body + '\n';
    } else {
        append_payload(out, view.request.body);
    }
    return out += '\n';
}

}  // namespace postrider::cli
