#include "json_scanner.h"

#include <postrider/base/json_text.h>
#include <postrider/http/utf8.h>

namespace postrider::intake {

namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

json_scanner::json_scanner(std::string_view text) noexcept : text_(text) {
    if (text.starts_with("\xEF\xBB\xBF")) (void)fail("a byte order mark");
}

bool json_scanner::fail(std::string_view what) noexcept {
    if (fault_.empty()) fault_ = what;
    return false;
}

void json_scanner::skip_blanks() noexcept {
    while (at_ < text_.size() && is_blank(text_[at_]))
        ++at_;
}

char json_scanner::peek() noexcept {
    skip_blanks();
    return current();
}

bool json_scanner::read_string() noexcept {
    ++at_;
    while (true) {
        at_ += plain_json_prefix(text_.substr(at_));
        if (at_ == text_.size()) return fail("a string without end");
        const char c = text_[at_];
        if (c == '"') break;
        if (c == '\\') {
            if (!read_escape()) return false;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            return fail("a control character in a string");
        } else {
            const auto length = http::utf8_sequence_length(text_.substr(at_));
            if (length == 0) return fail("bytes that are not UTF-8");
            at_ += length;
        }
    }
    ++at_;
    return true;
}

bool json_scanner::read_escape() noexcept {
    ++at_;
    const char kind = current();
    if (kind != 'u') {
        if (kind == '\0' || std::string_view("\"\\/bfnrt").find(kind) == std::string_view::npos)
            return fail("an escape that does not exist");
        ++at_;
        return true;
    }
    unsigned unit = 0;
    if (!read_hex4(unit)) return false;
    if (unit < 0xD800 || unit > 0xDFFF) return true;
    unsigned low = 0;
    if (unit > 0xDBFF || current() != '\\') return fail("half of a surrogate pair");
    ++at_;
    if (current() != 'u') return fail("half of a surrogate pair");
    if (!read_hex4(low)) return false;
    return low >= 0xDC00 && low <= 0xDFFF ? true : fail("half of a surrogate pair");
}

/// Four digits behind the 'u' at the cursor.
bool json_scanner::read_hex4(unsigned& unit) noexcept {
    ++at_;
    for (int n = 0; n < 4; ++n, ++at_) {
        const char c = current();
        const char lower = static_cast<char>(c | 0x20);
        if (is_digit(c))
            unit = unit * 16 + static_cast<unsigned>(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            unit = unit * 16 + static_cast<unsigned>(lower - 'a' + 10);
        else
            return fail("an escape without four hexadecimal digits");
    }
    return true;
}

bool json_scanner::read_digits() noexcept {
    if (!is_digit(current())) return fail("an odd number");
    while (is_digit(current()))
        ++at_;
    return true;
}

bool json_scanner::read_number() noexcept {
    if (current() == '-') ++at_;
    if (current() == '0') {
        ++at_;
    } else if (!read_digits()) {
        return false;
    }
    if (current() == '.') {
        ++at_;
        if (!read_digits()) return false;
    }
    if (current() == 'e' || current() == 'E') {
        ++at_;
        if (current() == '+' || current() == '-') ++at_;
        if (!read_digits()) return false;
    }
    return true;
}

bool json_scanner::read_word(std::string_view word) noexcept {
    if (!text_.substr(at_).starts_with(word)) return fail("a word that JSON does not have");
    at_ += word.size();
    return true;
}

bool json_scanner::read_scalar() noexcept {
    const char c = current();
    switch (c) {
        case '"':
            return read_string();
        case 't':
            return read_word("true");
        case 'f':
            return read_word("false");
        case 'n':
            return read_word("null");
        default:
            break;
    }
    if (c == '-' || is_digit(c)) return read_number();
    return fail(at_ == text_.size() ? "the end where a value should be" : "something that is no value");
}

bool json_scanner::open(bool object) noexcept {
    if (depth_ == max_depth) return fail("more than 32 levels");
    ++at_;
    const auto bit = std::uint64_t{1} << depth_;
    objects_ = object ? objects_ | bit : objects_ & ~bit;
    ++depth_;
    return true;
}

/// At the beginning of a value: reads a scalar whole, or goes into a container.
bool json_scanner::begin_value(next& expected) noexcept {
    const char c = peek();
    if (c != '{' && c != '[') {
        expected = next::after_value;
        return read_scalar();
    }
    if (!open(c == '{')) return false;
    const bool is_empty = peek() == (c == '{' ? '}' : ']');
    expected = is_empty ? next::after_value : c == '{' ? next::name : next::value;
    if (is_empty) {
        ++at_;
        --depth_;
    }
    return true;
}

bool json_scanner::read_name(std::string_view& name) noexcept {
    if (peek() != '"') return fail("no name where a member should begin");
    const auto begin = at_;
    if (!read_string()) return false;
    name = text_.substr(begin, at_ - begin);
    if (peek() != ':') return fail("no colon behind a member's name");
    ++at_;
    return true;
}

/// Behind a value: done when it was the one that was asked for, else the next in its container.
bool json_scanner::after_value(std::size_t outer, next& expected) noexcept {
    if (depth_ == outer) {
        expected = next::done;
        return true;
    }
    const char c = peek();
    if (c == ',') {
        expected = in_object() ? next::name : next::value;
    } else if (c == (in_object() ? '}' : ']')) {
        --depth_;
    } else {
        return fail(at_ == text_.size() ? "the end inside an object or array" : "no comma between values");
    }
    ++at_;
    return true;
}

bool json_scanner::read_value(std::string_view& value) noexcept {
    if (!fault_.empty()) return false;
    skip_blanks();
    const auto begin = at_;
    const auto outer = depth_;
    std::string_view name;
    next expected = next::value;
    while (expected != next::done) {
        switch (expected) {
            case next::name:
                if (!read_name(name)) return false;
                expected = next::value;
                break;
            case next::value:
                if (!begin_value(expected)) return false;
                break;
            default:
                if (!after_value(outer, expected)) return false;
        }
    }
    value = text_.substr(begin, at_ - begin);
    return true;
}

bool json_scanner::read_object(std::vector<json_member>& members) {
    if (!fault_.empty() || !open(true)) return false;
    if (peek() != '}') {
        while (true) {
            json_member member;
            if (!read_name(member.name) || !read_value(member.value)) return false;
            members.push_back(member);
            if (peek() != ',') break;
            ++at_;
        }
        if (current() != '}') return fail("no comma between members");
    }
    ++at_;
    --depth_;
    return true;
}

bool json_scanner::enter_array() noexcept {
    first_element_ = true;
    return fault_.empty() && open(false);
}

bool json_scanner::next_element() noexcept {
    if (!fault_.empty()) return false;
    const char c = peek();
    if (c == ']') {
        ++at_;
        --depth_;
        return false;
    }
    if (!first_element_) {
        if (c != ',') return fail("no comma between elements");
        ++at_;
    }
    first_element_ = false;
    return true;
}

bool json_scanner::read_end() noexcept {
    if (!fault_.empty()) return false;
    skip_blanks();
    return at_ == text_.size() ? true : fail("more behind the value");
}

}  // namespace postrider::intake
