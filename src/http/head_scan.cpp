#include "field_line.h"
#include "text.h"

#include <postrider/base/ascii.h>
#include <postrider/event/address.h>
#include <postrider/http/head_scan.h>

#include <algorithm>

namespace postrider::http {

namespace {

using fault = std::optional<std::string>;

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool is_host_char(char c) noexcept {
    return is_digit(c) || (ascii::to_lower(c) >= 'a' && ascii::to_lower(c) <= 'z') || c == '.' || c == '-' ||
           c == '_';
}

bool is_port(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit);
}

/// A name, an address or a bracketed IPv6 literal, with a port or without.
bool is_host(std::string_view text) {
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return false;
        const auto literal = ip_address::parse(text.substr(1, end - 1));
        if (!literal || !literal->v6) return false;
        port = text.substr(end + 1);
    } else {
        const auto colon = std::min(text.find(':'), text.size());
        const auto name = text.substr(0, colon);
        if (name.empty() || !std::all_of(name.begin(), name.end(), is_host_char)) return false;
        port = text.substr(colon);
    }
    return port.empty() || (port.front() == ':' && is_port(port.substr(1)));
}

/// What the fields of one block say about its framing, gathered line by line.
class framing {
 public:
    explicit framing(bool http_1_0) : http_1_0_(http_1_0) {}

    fault take(const field_line& field) {
        if (ascii::equal_ignoring_case(field.name, "Content-Length")) return take_length(field.value);
        if (ascii::equal_ignoring_case(field.name, "Transfer-Encoding")) return take_encoding(field.value);
        if (ascii::equal_ignoring_case(field.name, "Host")) {
            ++hosts_;
            if (!is_host(field.value)) host_is_odd_ = true;
        }
        return std::nullopt;
    }

    [[nodiscard]] fault fault_of_host() const {
        if (hosts_ != 1) return "a request has exactly one Host header";
        if (host_is_odd_) return "the Host header is not a name or an address with or without a port";
        return std::nullopt;
    }

 private:
    fault take_length(std::string_view value) {
        if (has_length_) return "Content-Length is repeated";
        has_length_ = true;
        constexpr std::size_t most_digits = 18;  // fits 64 bits whatever they are
        if (value.empty() || value.size() > most_digits ||
            !std::all_of(value.begin(), value.end(), is_digit) || (value.size() > 1 && value.front() == '0'))
            return "Content-Length is not a plain decimal number";
        return fault_of_both();
    }

    fault take_encoding(std::string_view value) {
        if (has_encoding_ || !ascii::equal_ignoring_case(value, "chunked"))
            return "Transfer-Encoding is not exactly one \"chunked\"";
        has_encoding_ = true;
        if (http_1_0_) return "Transfer-Encoding does not exist in HTTP/1.0";
        return fault_of_both();
    }

    [[nodiscard]] fault fault_of_both() const {
        if (has_length_ && has_encoding_) return "Content-Length and Transfer-Encoding together";
        return std::nullopt;
    }

    bool http_1_0_;
    bool has_length_ = false;
    bool has_encoding_ = false;
    bool host_is_odd_ = false;
    int hosts_ = 0;
};

/// Takes the next line off `rest`, without its CRLF; nothing when it does not end with exactly that.
std::optional<std::string_view> take_line(std::string_view& rest) noexcept {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos || end == 0 || rest[end - 1] != '\r') return std::nullopt;
    const auto line = rest.substr(0, end - 1);
    rest.remove_prefix(end + 1);
    return line;
}

bool has_bare_bytes(std::string_view line) noexcept {
    return line.find('\r') != std::string_view::npos || line.find('\0') != std::string_view::npos;
}

/// Scans all lines; what they say about framing goes to `framing`.
fault scan_fields(std::string_view rest, std::size_t most_fields, framing& framing) {
    std::size_t fields = 0;
    while (true) {
        constexpr std::string_view bad_line =
            "a line of the header does not end in CRLF, or holds a bare CR or NUL";
        const auto line = take_line(rest);
        if (!line) return std::string(bad_line);
        if (line->empty()) break;
        if (++fields > most_fields) return "more than " + std::to_string(most_fields) + " header fields";
        const auto field = read_field_line(*line);
        // Neither byte is part of a field, so that only for one that is none is it asked which fault it has.
        if (!field) return std::string(has_bare_bytes(*line) ? bad_line : field.error());
        if (auto found = framing.take(*field)) return found;
    }
    if (!rest.empty()) return "bytes behind the header's empty line";
    return std::nullopt;
}

}  // namespace

fault fault_in_request_head(std::string_view block) {
    const auto start = take_line(block);
    if (!start || has_bare_bytes(*start))
        return "the request line does not end in CRLF, or holds a bare CR or NUL";
    framing framing(start->ends_with(" HTTP/1.0"));
    if (auto found = scan_fields(block, max_request_fields, framing)) return found;
    return framing.fault_of_host();
}

fault fault_in_response_head(std::string_view block) {
    const auto start = take_line(block);
    if (!start || has_bare_bytes(*start))
        return "the status line does not end in CRLF, or holds a bare CR or NUL";
    framing framing(start->starts_with("HTTP/1.0 "));
    return scan_fields(block, max_response_fields, framing);
}

}  // namespace postrider::http
