#include "host.h"

#include <postrider/base/ascii.h>

#include <algorithm>
#include <array>

namespace postrider::guard {
namespace {

constexpr std::size_t max_name = 253;
constexpr std::size_t max_label = 63;

constexpr std::array<std::string_view, 10> reserved_names{"localhost", "local",      "internal", "home.arpa",
                                                          "arpa",      "onion",      "test",     "example",
                                                          "invalid",   "localdomain"};

constexpr bool is_alphanumeric(char c) {
    return ascii::is_digit(c) || (c >= 'a' && c <= 'z');
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= max_label && is_alphanumeric(label.front()) &&
           is_alphanumeric(label.back()) &&
           std::ranges::all_of(label, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

/// inet_aton and the URL standard take "0x" and what follows for a number, nothing included.
bool is_number(std::string_view label) {
    if (std::ranges::all_of(label, ascii::is_digit)) return true;
    return label.starts_with("0x") && std::ranges::all_of(label.substr(2), ascii::is_hex_digit);
}

bool is_under(std::string_view name, std::string_view parent) {
    if (!name.ends_with(parent)) return false;
    return name.size() == parent.size() || name[name.size() - parent.size() - 1] == '.';
}

bool has_only_labels(std::string_view name) {
    for (std::size_t begin = 0;;) {
        const auto end = name.find('.', begin);
        if (!is_label(name.substr(begin, end - begin))) return false;
        if (end == std::string_view::npos) return true;
        begin = end + 1;
    }
}

}  // namespace

std::string fault_of_host_name(std::string_view name, bool private_names) {
    if (name.size() > max_name || !has_only_labels(name))
        return "the host is not a name; allowed are labels of letters, digits and inner hyphens between "
               "single "
               "dots, at most 63 bytes each and 253 in all, without a dot at the end";
    const auto last = name.substr(name.rfind('.') + 1);  // npos + 1 is 0: the whole name
    if (is_number(last))
        return "the host ends in a number but is not an IPv4 address; allowed are four decimal numbers "
               "without "
               "leading zeros, or a name";
    if (private_names) return {};
    if (last.size() == name.size())
        return "the host is a name of one label; allowed are names of two labels or more, or set "
               "\"allow_private_network\"";
    const bool reserved =
        std::ranges::any_of(reserved_names, [&](auto parent) { return is_under(name, parent); });
    if (reserved)
        return "the host is under a name reserved for private use; allowed are public names, or set "
               "\"allow_private_network\"";
    return {};
}

}  // namespace postrider::guard
