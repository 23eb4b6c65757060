#include "json_string.h"

#include <charconv>

namespace postrider::intake {

namespace {

void append_utf8(std::string& out, unsigned code) {
    const auto tail = [&](unsigned shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += {static_cast<char>(0xC0 | (code >> 6)), tail(0)};
    } else if (code < 0x10000) {
        out += {static_cast<char>(0xE0 | (code >> 12)), tail(6), tail(0)};
    } else {
        out += {static_cast<char>(0xF0 | (code >> 18)), tail(12), tail(6), tail(0)};
    }
}

/// The unit behind "\u" at the front; it goes with its digits.
unsigned take_unit(std::string_view& rest) {
    unsigned unit = 0;
    std::from_chars(rest.data() + 2, rest.data() + 6, unit, 16);
    rest.remove_prefix(6);
    return unit;
}

char short_escape(char letter) {
    switch (letter) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return letter;
    }
}

}  // namespace

std::string decode_json_string(std::string_view raw) {
    auto rest = raw.substr(1, raw.size() - 2);
    std::string out;
    out.reserve(rest.size());
    for (auto escape = rest.find('\\'); escape != std::string_view::npos; escape = rest.find('\\')) {
        out += rest.substr(0, escape);
        rest.remove_prefix(escape);
        if (rest[1] != 'u') {
            out += short_escape(rest[1]);
            rest.remove_prefix(2);
            continue;
        }
        unsigned code = take_unit(rest);
        if (code >= 0xD800 && code <= 0xDBFF)
            code = 0x10000 + ((code - 0xD800) << 10) + (take_unit(rest) - 0xDC00);
        append_utf8(out, code);
    }
    out += rest;
    return out;
}

}  // namespace postrider::intake
