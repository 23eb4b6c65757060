#include <postrider/http/utf8.h>

namespace postrider::http {

std::size_t utf8_sequence_length(std::string_view text) noexcept {
    const auto at = [&](std::size_t n) { return static_cast<unsigned char>(text[n]); };
    const unsigned char first = at(0);
    if (first < 0x80) return 1;
    const std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t n = 1; n < length; ++n)
        if ((at(n) & 0xC0) != 0x80) return 0;
    // The second byte decides: E0 and F0 would be overlong below a bound, ED a surrogate, F4 out of Unicode.
    const unsigned char second = at(1);
    if (first == 0xE0 && second < 0xA0) return 0;
    if (first == 0xED && second > 0x9F) return 0;
    if (first == 0xF0 && second < 0x90) return 0;
    if (first == 0xF4 && second > 0x8F) return 0;
    return length;
}

}  // namespace postrider::http
