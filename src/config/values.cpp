#include "values.h"

#include "source.h"
#include "timestamp.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace postrider::config {
namespace {

constexpr std::size_t max_shown = 40;

bool is_decimal(std::string_view text) {
    const auto digits = [](std::string_view part) {
        return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    };
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return digits(text);
    return digits(text.substr(0, dot)) && digits(text.substr(dot + 1));
}

std::optional<double> parse_decimal(const std::string& text) {
    double number = 0;
    if (text.size() > 64 || !is_decimal(text)) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Without the zeros behind the point that std::to_string adds.
std::string to_text(double number) {
    char text[64];
    const auto [end, error] = std::to_chars(text, text + sizeof(text), number, std::chars_format::fixed);
    return {text, error == std::errc{} ? end : text};
}

std::string range(double least, double most) {
    return "from " + to_text(least) + " to " + to_text(most);
}

std::optional<resolved_text> resolve_text(reading& reading, const item& value) {
    if (value.value->what == node::kind::null) {
        add_fault(reading, value, "has no value");
        return std::nullopt;
    }
    if (value.value->what != node::kind::scalar) {
        add_fault(reading, value,
                  value.value->what == node::kind::map ? "must be a single value, not a map"
                                                       : "must be a single value, not a list");
        return std::nullopt;
    }
    auto resolved = reading.outside.resolve(value.value->text);
    if (resolved) {
        // Quoted scalars can make any character with escapes.
        if (find_unprintable(resolved->text) == std::string::npos) return std::move(*resolved);
        add_fault(reading, value, "holds control characters or is not UTF-8");
        return std::nullopt;
    }
    add_fault(reading, value, "cannot be resolved: " + resolved.error());
    return std::nullopt;
}

/// The text of a scalar that JSON says is of one of these forms.
std::optional<resolved_text> read_form(reading& reading, const item& value, node::scalar_form wanted,
                                       const char* what) {
    const auto form = value.value->form;
    if (value.value->what == node::kind::scalar && form != node::scalar_form::any && form != wanted) {
        add_fault(reading, value, std::string("is not ") + what + "; allowed is " + what);
        return std::nullopt;
    }
    return resolve_text(reading, value);
}

std::optional<double> read_decimal(reading& reading, const item& value, double least, double most,
                                   const std::string& what) {
    const auto text = read_form(reading, value, node::scalar_form::number, "a number");
    if (!text) return std::nullopt;
    const auto number = parse_decimal(text->text);
    if (number && *number >= least && *number <= most) return number;
    refuse_value(reading, value, *text, what + " " + range(least, most));
    return std::nullopt;
}

}  // namespace

void refuse_value(reading& reading, const item& at, const resolved_text& value, const std::string& allowed) {
    if (!value.as_written)
        return add_fault(reading, at, "has a value from outside that is not allowed; allowed is " + allowed);
    const bool is_number = at.value->form == node::scalar_form::number;
    // A number that is left with an exponent is too long without; nobody need have written that one.
    const std::string_view odd = is_number ? "eE" : "\n\r\t";
    const bool fit = value.text.size() <= max_shown && value.text.find_first_of(odd) == std::string::npos;
    const char* otherwise = is_number ? "a number of too many digits" : "a long text";
    add_fault(reading, at, "is " + (fit ? '"' + value.text + '"' : otherwise) + "; allowed is " + allowed);
}

std::optional<resolved_text> read_text(reading& reading, const item& value) {
    return read_form(reading, value, node::scalar_form::text, "a text");
}

std::optional<std::string> read_short_text(reading& reading, const item& value, std::size_t most) {
    auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    if (text->text.size() <= most) return std::move(text->text);
    add_fault(reading, value, "is too long; allowed are " + std::to_string(most) + " bytes");
    return std::nullopt;
}

std::optional<secret> read_secret(reading& reading, const item& value) {
    auto text = read_short_text(reading, value, max_credential);
    if (!text) return std::nullopt;
    if (!text->empty()) return secret(std::move(*text));
    add_fault(reading, value, "is empty");
    return std::nullopt;
}

std::optional<bool> read_switch(reading& reading, const item& value) {
    const auto text = read_form(reading, value, node::scalar_form::boolean, "true or false");
    if (!text) return std::nullopt;
    if (text->text == "true") return true;
    if (text->text == "false") return false;
    refuse_value(reading, value, *text, "true or false");
    return std::nullopt;
}

std::optional<std::uint64_t> read_whole(reading& reading, const item& value, std::uint64_t least,
                                        std::uint64_t most) {
    const auto text = read_form(reading, value, node::scalar_form::number, "a number");
    if (!text) return std::nullopt;
    std::uint64_t number = 0;
    const auto* last = text->text.data() + text->text.size();
    const auto [end, error] = std::from_chars(text->text.data(), last, number);
    if (error == std::errc{} && end == last && number >= least && number <= most) return number;
    refuse_value(reading, value, *text,
                 "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return std::nullopt;
}

std::optional<double> read_number(reading& reading, const item& value, double least, double most) {
    return read_decimal(reading, value, least, most, "a number");
}

std::optional<milliseconds> read_seconds(reading& reading, const item& value, milliseconds least,
                                         milliseconds most) {
    const auto seconds = read_decimal(reading, value, static_cast<double>(least.count()) / 1000.0,
                                      static_cast<double>(most.count()) / 1000.0, "a number of seconds");
    if (!seconds) return std::nullopt;
    return milliseconds(std::llround(*seconds * 1000.0));
}

std::optional<wall_time> read_time(reading& reading, const item& value) {
    const auto text = read_text(reading, value);
    if (!text) return std::nullopt;
    const auto time = parse_rfc3339(text->text);
    if (!time) refuse_value(reading, value, *text, "a time of RFC 3339, such as 2026-01-31T12:00:00Z");
    return time;
}

}  // namespace postrider::config
