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

std::optional<std::string> lay_out_json(std::string_view text) {
    // From here on every string ends and every bracket has its partner.
    if (!nlohmann::json::accept(text)) return std::nullopt;
    return layout(text).write();
}

std::string string_member(std::string_view json, std::string_view name) {
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    if (!parsed.is_object()) return {};
    const auto member = parsed.find(std::string(name));
    return member != parsed.end() && member->is_string() ? member->get<std::string>() : std::string();
}

}  // namespace postrider::cli
