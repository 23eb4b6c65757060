#include "known_head.h"

#include <postrider/base/ascii.h>

#include <algorithm>
#include <charconv>

namespace postrider::http {

namespace {

/// As the scan has it, which takes 18 digits at most: those fit 64 bits whatever they are.
bool is_plain_number(std::string_view digits) noexcept {
    constexpr std::size_t most_digits = 18;
    return !digits.empty() && digits.size() <= most_digits && (digits.size() == 1 || digits.front() != '0');
}

/// The digits at the front.
std::string_view digits_of(std::string_view text) noexcept {
    const auto end = std::find_if_not(text.begin(), text.end(), ascii::is_digit);
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

/// Where the number begins in a block that the scan let pass: a line's name ends with its colon.
std::size_t place_of_number(std::string_view block) noexcept {
    constexpr std::string_view beginning = "Content-Length:";
    for (auto end = block.find('\n'); end != std::string_view::npos; end = block.find('\n', end + 1))
        if (ascii::equal_ignoring_case(block.substr(end + 1, beginning.size()), beginning))
            return block.find_first_of("0123456789", end);
    return std::string_view::npos;
}

}  // namespace

void known_head::remember(std::string_view block, const fields& headers) {
    const auto find = [&headers](std::string_view name) {
        return std::ranges::find_if(
            headers, [name](const auto& field) { return ascii::equal_ignoring_case(field.first, name); });
    };
    const auto found = find("Content-Length");
    const auto place = place_of_number(block);
    // What Expect asks for depends on whether there is a body.
    if (found == headers.end() || place == std::string_view::npos || find("Expect") != headers.end())
        return forget();
    length_field_ = static_cast<std::size_t>(found - headers.begin());
    before_ = block.substr(0, place);
    behind_ = block.substr(place + found->second.size());
}

std::optional<known_head::sighting> known_head::find_in(std::string_view bytes) const {
    if (before_.empty() || !bytes.starts_with(before_)) return std::nullopt;
    const auto digits = digits_of(bytes.substr(before_.size()));
    if (!is_plain_number(digits)) return std::nullopt;
    if (!bytes.substr(before_.size() + digits.size()).starts_with(behind_)) return std::nullopt;
    sighting seen{before_.size() + digits.size() + behind_.size(), 0, digits};
    std::from_chars(digits.data(), digits.data() + digits.size(), seen.length);
    return seen;
}

}  // namespace postrider::http
