#include "store_description.h"

#include <charconv>

namespace postrider::queue {

namespace {

constexpr std::string_view begins = "postrider store, format 3, partitions ";
constexpr std::string_view moves = ", being moved to ";

/// Takes a number off the front; 0 where there is none.
std::uint32_t take_number(std::string_view& text) {
    std::uint32_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    return read.ec == std::errc() ? number : 0;
}

bool take(std::string_view& text, std::string_view wanted) {
    if (!text.starts_with(wanted)) return false;
    text.remove_prefix(wanted.size());
    return true;
}

}  // namespace

std::string to_text(const store_description& description) {
    std::string text(begins);
    text += std::to_string(description.partitions);
    if (description.moving_to != 0) text.append(moves).append(std::to_string(description.moving_to));
    return text;
}

std::optional<store_description> parse_store_description(std::string_view text) {
    store_description found;
    if (!take(text, begins)) return std::nullopt;
    found.partitions = take_number(text);
    if (take(text, moves)) found.moving_to = take_number(text);
    if (!text.empty() || found.partitions == 0) return std::nullopt;
    return found;
}

}  // namespace postrider::queue
