#include "inspection_position.h"

#include "inspection_row.h"

#include <algorithm>

namespace postrider::queue {

namespace {

constexpr std::uint64_t most_number = (std::uint64_t{1} << 53) - 1;  // what scripts can count to
constexpr std::size_t most_name_bytes = 129;

bool is_name_character(char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_' || character == '-';
}

bool is_store_id(std::string_view text) {
    return text.size() == store_id_bytes && std::all_of(text.begin(), text.end(), is_name_character);
}

/// `tenant.endpoint`.
bool is_queue_name(std::string_view text) {
    if (text.size() > most_name_bytes) return false;
    const auto dot = text.find('.');
    if (dot == 0 || dot == std::string_view::npos || dot + 1 == text.size()) return false;
    const auto tenant = text.substr(0, dot);
    const auto endpoint = text.substr(dot + 1);
    return std::all_of(tenant.begin(), tenant.end(), is_name_character) &&
           std::all_of(endpoint.begin(), endpoint.end(), is_name_character);
}

/// Up to the next dot, which goes too.
std::string_view take_part(std::string_view& rest) {
    const auto dot = std::min(rest.find('.'), rest.size());
    const auto part = rest.substr(0, dot);
    rest.remove_prefix(std::min(dot + 1, rest.size()));
    return part;
}

/// The part behind the id; false for what is none.
bool read_last_part(std::string_view text, list_position& position) {
    if (text.empty()) return true;
    if (!is_of_parked(position.place)) {
        position.queue_name = text;
        return is_queue_name(text);
    }
    const auto passed = whole_number(text, most_number);
    position.passed = passed.value_or(0);
    return passed.has_value();
}

}  // namespace

bool is_of_parked(char place) noexcept {
    return place == 'I' || place == 'A' || place == 'R' || place == 'Q';
}

std::string anchor_of(char place, std::string_view id) {
    if (is_store_id(id)) return std::string(id);
    return std::string(store_id_bytes, place == 'd' ? '-' : 'z');  // dead letters are walked backwards
}

std::string to_text(const list_position& position) {
    std::string text(1, position.place);
    if (position.id.empty()) return text;
    text += '.' + std::to_string(position.number) + '.' + position.id;
    if (!position.queue_name.empty()) text += '.' + position.queue_name;
    if (position.passed > 0) text += '.' + std::to_string(position.passed);
    return text;
}

std::optional<list_position> parse_position(std::string_view text, std::string_view places) {
    if (text.empty() || places.find(text.front()) == std::string_view::npos) return std::nullopt;
    list_position position;
    position.place = text.front();
    if (text.size() == 1) return position;
    auto rest = text.substr(1);
    if (!take_part(rest).empty()) return std::nullopt;
    const auto number = whole_number(take_part(rest), most_number);
    position.id = take_part(rest);
    if (!number || !is_store_id(position.id) || !read_last_part(rest, position)) return std::nullopt;
    position.number = *number;
    if (to_text(position) != text) return std::nullopt;
    return position;
}

}  // namespace postrider::queue
