#include "json_layout.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace postrider::cli {

namespace {

constexpr std::size_t indent_width = 2;
// Deeper levels are not moved further right, so that the result stays a small multiple of the text.
constexpr std::size_t max_indented_depth = 32;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool ends_in_exponent(std::string_view text) {
    if (text.ends_with('+') || text.ends_with('-')) text.remove_suffix(1);
    return text.ends_with('e') || text.ends_with('E');
}

// JSON bounds no number, the library does. Here only the grammar matters, so long runs of digits are cut to
// a length that fits; strings stay as they are.
std::string with_small_numbers(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool in_string = false;
    std::size_t digits = 0;
    std::size_t most = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        digits = !in_string && is_digit(c) ? digits + 1 : 0;
        if (digits == 1) most = ends_in_exponent(out) ? 1 : 15;
        if (digits <= most || digits == 0) out += c;
        if (c == '"') in_string = !in_string;
        if (c == '\\' && in_string && at + 1 < text.size()) out += text[++at];
    }
    return out;
}

class layout {
 public:
    explicit layout(std::string_view text) : text_(text) {}

    std::string write() {
        while (at_ < text_.size())
            take_token();
        return std::move(out_);
    }

 private:
    void take_token() {
        const char c = text_[at_];
        if (is_blank(c)) {
            ++at_;
        } else if (c == '"') {
            take_string();
        } else if (c == '{' || c == '[') {
            open(c);
        } else if (c == '}' || c == ']') {
            close(c);
        } else {
            ++at_;
            out_ += c;
            if (c == ',') break_line();
            if (c == ':') out_ += ' ';
        }
    }

    void take_string() {
        std::size_t end = at_ + 1;
        while (text_[end] != '"')
            end += text_[end] == '\\' ? 2U : 1U;
        out_ += text_.substr(at_, end + 1 - at_);
        at_ = end + 1;
    }

    void open(char bracket) {
        out_ += bracket;
        do {
            ++at_;
        } while (is_blank(text_[at_]));
        if (text_[at_] == '}' || text_[at_] == ']') {
            out_ += text_[at_++];  // empty ones stay on their line
        } else {
            ++depth_;
            break_line();
        }
    }

    void close(char bracket) {
        --depth_;
        break_line();
        out_ += bracket;
        ++at_;
    }

    void break_line() {
        out_ += '\n';
        out_.append(std::min(depth_, max_indented_depth) * indent_width, ' ');
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    std::string out_;
};

}  // namespace

bool is_json(std::string_view text) {
    return nlohmann::json::accept(with_small_numbers(text));
}

std::optional<std::string> lay_out_json(std::string_view text) {
    // From here on every string ends and every bracket has its partner.
    if (!is_json(text)) return std::nullopt;
    return layout(text).write();
}

std::string string_member(std::string_view json, std::string_view name) {
    const auto parsed = nlohmann::json::parse(with_small_numbers(json), nullptr, false);
    if (!parsed.is_object()) return {};
    const auto member = parsed.find(std::string(name));
    return member != parsed.end() && member->is_string() ? member->get<std::string>() : std::string();
}

}  // namespace postrider::cli
