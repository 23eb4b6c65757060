#include "line.h"

#include <postrider/base/json_text.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace postrider::log {

namespace {

using std::string_view;

constexpr unsigned char byte_at(string_view text, std::size_t where) noexcept {
    return static_cast<unsigned char>(text[where]);
}

/// How many bytes the UTF-8 sequence at the front has; 0 if it is none (RFC 3629, section 4).
std::size_t sequence_length(string_view text) noexcept {
    const unsigned char first = byte_at(text, 0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    // The second byte also keeps out overlong forms, surrogates and what is beyond U+10FFFF.
    const unsigned char least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned char most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (byte_at(text, 1) < least || byte_at(text, 1) > most) return 0;
    for (std::size_t n = 2; n < length; ++n) {
        if ((byte_at(text, n) & 0xc0) != 0x80) return 0;
    }
    return length;
}

void append_code(line_buffer& out, unsigned code) {
    constexpr char digits[] = "0123456789abcdef";
    out.append("\\u00");
    out.push_back(digits[code >> 4 & 15]);
    out.push_back(digits[code & 15]);
}

void append_ascii(line_buffer& out, char letter) {
    switch (letter) {
        case '"':
            out.append("\\\"");
            return;
        case '\\':
            out.append("\\\\");
            return;
        case '\n':
            out.append("\\n");
            return;
        case '\r':
            out.append("\\r");
            return;
        case '\t':
            out.append("\\t");
            return;
        default:
            break;
    }
    const auto code = static_cast<unsigned char>(letter);
    if (code < 0x20 || code == 0x7f) return append_code(out, code);
    out.push_back(letter);
}

constexpr auto plain_bytes = [] {
    std::array<bool, 256> plain{};
    for (std::size_t byte = 0x20; byte < 0x7f; ++byte)
        plain[byte] = byte != '"' && byte != '\\';
    return plain;
}();

/// How many bytes at the front may stand between quotes as they are: printable ASCII but the quote and the
/// backslash.
std::size_t plain_prefix(string_view text) noexcept {
    constexpr std::size_t short_text = 16;  // for which one by one is as fast
    if (text.size() >= short_text) {
        const std::size_t plain = plain_json_prefix(text);
        return std::min(plain, text.substr(0, plain).find('\x7f'));
    }
    std::size_t at = 0;
    while (at < text.size() && plain_bytes[byte_at(text, at)])
        ++at;
    return at;
}

/// The sequence at the front of `text`, as it may stand between quotes; says how many bytes it was.
std::size_t append_sequence(line_buffer& out, string_view text) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
        out.append("\\ufffd");
        return 1;
    }
    const bool control = length == 2 && byte_at(text, 0) == 0xc2 && byte_at(text, 1) < 0xa0;
    if (length == 1) {
        append_ascii(out, text.front());
    } else if (control) {
        append_code(out, byte_at(text, 1));  // U+0080 to U+009F: terminals obey some of them
    } else {
        out.append(text.substr(0, length));
    }
    return length;
}

/// Cut to the bound, at the beginning of a sequence.
string_view cut(string_view text) noexcept {
    if (text.size() <= most_text_bytes) return text;
    std::size_t end = most_text_bytes;
    while (end > most_text_bytes - 4 && (byte_at(text, end) & 0xc0) == 0x80)
        --end;
    return text.substr(0, end);
}

void append_escaped(line_buffer& out, string_view text) {
    string_view rest = cut(text);
    const bool whole = rest.size() == text.size();
    while (!rest.empty()) {
        const auto plain = plain_prefix(rest);
        out.append(rest.substr(0, plain));
        rest.remove_prefix(plain);
        if (!rest.empty()) rest.remove_prefix(append_sequence(out, rest));
    }
    if (!whole) out.append("…");
}

void append_quoted(line_buffer& out, string_view text) {
    out.push_back('"');
    append_escaped(out, text);
    out.push_back('"');
}

template <typename Number>
void append_number(line_buffer& out, Number number) {
    char digits[32];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    out.append(string_view(digits, static_cast<std::size_t>(end - digits)));
}

/// Whether the format for people may leave the quotes out.
bool is_bare(string_view text) noexcept {
    return plain_prefix(text) == text.size() && text.find_first_of(" =") == string_view::npos;
}

struct value_writer {
    line_buffer& out;
    format shape;

    void operator()(string_view text) const {
        if (shape == format::text && is_bare(text)) return append_escaped(out, text);
        append_quoted(out, text);
    }
    void operator()(std::int64_t number) const { append_number(out, number); }
    void operator()(double number) const {
        if (std::isfinite(number)) return append_number(out, number);
        out.append("null");  // JSON has no other word for it
    }
    void operator()(bool flag) const { out.append(flag ? "true" : "false"); }
};

bool is_left_out(const field& field) noexcept {
    const auto* const text = std::get_if<string_view>(&field.value);
    return text != nullptr && text->empty();
}

void append_json(line_buffer& out, wall_time time, level level, string_view message,
                 std::initializer_list<field> fields) {
    out.append(R"({"time":")");
    out.append(rfc3339_text(time).view());
    out.append(R"(","level":")");
    out.append(to_string(level));
    out.append(R"(","message":)");
    append_quoted(out, message);
    for (const auto& field : fields) {
        if (is_left_out(field)) continue;
        out.append(",\"");
        out.append(field.name);
        out.append("\":");
        std::visit(value_writer{out, format::json}, field.value);
    }
    out.append("}\n");
}

void append_text(line_buffer& out, wall_time time, level level, string_view message,
                 std::initializer_list<field> fields) {
    constexpr std::size_t level_width = 5;
    constexpr string_view blanks = "      ";
    const string_view name = to_string(level);
    out.append(rfc3339_text(time).view());
    out.push_back(' ');
    out.append(name);
    out.append(blanks.substr(0, name.size() < level_width ? level_width - name.size() + 1 : 1));
    append_escaped(out, message);
    for (const auto& field : fields) {
        if (is_left_out(field)) continue;
        out.push_back(' ');
        out.append(field.name);
        out.push_back('=');
        std::visit(value_writer{out, format::text}, field.value);
    }
    out.push_back('\n');
}

}  // namespace

void render_line(line_buffer& out, std::string_view priority, format format, wall_time time, level level,
                 std::string_view message, std::initializer_list<field> fields) {
    out.append(priority);
    (format == format::json ? append_json : append_text)(out, time, level, message, fields);
}

}  // namespace postrider::log
