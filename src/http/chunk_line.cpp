#include "chunk_line.h"

#include "text.h"

#include <charconv>

namespace postrider::http {

namespace {

/// How many characters at the front are of a token.
std::size_t token_length(std::string_view text) noexcept {
    std::size_t length = 0;
    while (length < text.size() && is_token_char(text[length]))
        ++length;
    return length;
}

/// How many characters a quoted string at the front has, both quotes included; 0 when it is none.
std::size_t quoted_length(std::string_view text) noexcept {
    if (!text.starts_with('"')) return 0;
    for (std::size_t n = 1; n < text.size(); ++n) {
        if (text[n] == '"') return n + 1;
        if (text[n] == '\\') ++n;
        if (n < text.size() &&
            ((static_cast<unsigned char>(text[n]) < 0x20 && text[n] != '\t') || text[n] == 0x7f))
            return 0;
    }
    return 0;
}

void skip_blanks(std::string_view& text) noexcept {
    while (text.starts_with(' ') || text.starts_with('\t'))
        text.remove_prefix(1);
}

/// *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
bool are_extensions(std::string_view rest) noexcept {
    while (!rest.empty()) {
        skip_blanks(rest);
        if (!rest.starts_with(';')) return false;
        rest.remove_prefix(1);
        skip_blanks(rest);
        const auto name = token_length(rest);
        if (name == 0) return false;
        rest.remove_prefix(name);
        const auto behind_name = rest;
        skip_blanks(rest);
        if (!rest.starts_with('=')) {
            rest = behind_name;
            continue;
        }
        rest.remove_prefix(1);
        skip_blanks(rest);
        const auto value = rest.starts_with('"') ? quoted_length(rest) : token_length(rest);
        if (value == 0) return false;
        rest.remove_prefix(value);
    }
    return true;
}

}  // namespace

std::optional<std::uint64_t> read_chunk_line(std::string_view line) noexcept {
    constexpr std::ptrdiff_t most_digits = 15;  // no sum of such sizes that we could read overflows
    std::uint64_t size = 0;
    // from_chars takes neither sign nor "0x" for an unsigned number in base 16, which the grammar does not
    // either.
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
    if (error != std::errc() || end - line.data() > most_digits) return std::nullopt;
    if (!are_extensions(line.substr(static_cast<std::size_t>(end - line.data())))) return std::nullopt;
    return size;
}

}  // namespace postrider::http
