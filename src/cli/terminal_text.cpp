#include "terminal_text.h"

#include <postrider/http/utf8.h>

#include <wchar.h>

#include <algorithm>
#include <clocale>

namespace postrider::cli {

namespace {

void append_escaped(std::string& out, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += "\\x";
        out += digits[byte >> 4U];
        out += digits[byte & 0xFU];
    }
}

char32_t code_point(std::string_view sequence) {
    constexpr char32_t first_masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    char32_t point = static_cast<unsigned char>(sequence[0]) & first_masks[sequence.size()];
    for (const char c : sequence.substr(1))
        point = (point << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
    return point;
}

// C0, DEL and C1, which a terminal may take for a command, and the marks that reorder a line (Unicode's
// Bidi_Control), with which a text could show as another one.
bool is_steering(char32_t point) {
    const auto within = [&](char32_t first, char32_t last) { return point >= first && point <= last; };
    return point < 0x20 || within(0x7F, 0x9F) || point == 0x061C || within(0x200E, 0x200F) ||
           within(0x2028, 0x202E) || within(0x2066, 0x2069);
}

// What wcwidth knows depends on the thread's locale, which is nobody else's business.
class utf8_locale {
 public:
    utf8_locale() : own_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
        if (own_ != nullptr) before_ = ::uselocale(own_);
    }
    ~utf8_locale() {
        if (own_ == nullptr) return;
        ::uselocale(before_);
        ::freelocale(own_);
    }
    utf8_locale(const utf8_locale&) = delete;
    utf8_locale& operator=(const utf8_locale&) = delete;

 private:
    locale_t own_;
    locale_t before_ = nullptr;
};

std::string_view next_sequence(std::string_view text) {
    return text.substr(0, std::max<std::size_t>(http::utf8_sequence_length(text), 1));
}

std::size_t columns_of_sequence(std::string_view sequence) {
    const int columns = ::wcwidth(static_cast<wchar_t>(code_point(sequence)));
    return columns < 0 ? 1 : static_cast<std::size_t>(columns);
}

}  // namespace

std::string printable(std::string_view text, bool lines) {
    std::string out;
    while (!text.empty()) {
        const auto sequence = next_sequence(text);
        const bool is_utf8 = http::utf8_sequence_length(text) > 0;
        const bool line_end = lines && sequence == "\n";
        if (!is_utf8 || (is_steering(code_point(sequence)) && !line_end)) {
            append_escaped(out, sequence);
        } else {
            out += sequence;
        }
        text.remove_prefix(sequence.size());
    }
    return out;
}

std::size_t columns_of(std::string_view printable) {
    const utf8_locale locale;
    std::size_t columns = 0;
    while (!printable.empty()) {
        const auto sequence = next_sequence(printable);
        columns += columns_of_sequence(sequence);
        printable.remove_prefix(sequence.size());
    }
    return columns;
}

std::string cut_to(std::string_view printable, std::size_t columns) {
    if (columns_of(printable) <= columns) return std::string(printable);
    const utf8_locale locale;
    std::string out;
    std::size_t taken = 1;  // of the mark at the end
    while (!printable.empty()) {
        const auto sequence = next_sequence(printable);
        taken += columns_of_sequence(sequence);
        if (taken > columns) break;
        out += sequence;
        printable.remove_prefix(sequence.size());
    }
    return out + "…";
}

}  // namespace postrider::cli
