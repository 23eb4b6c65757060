#include <postrider/event/trace.h>

namespace postrider {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::size_t whole_length = 55;

bool is_hex(std::string_view text) noexcept {
    return text.find_first_not_of(hex_digits) == std::string_view::npos;
}

bool is_zero(std::string_view text) noexcept {
    return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::optional<trace_parent> read_traceparent(std::string_view text) noexcept {
    if (text.size() != whole_length || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return std::nullopt;
    trace_parent parts;
    parts.version = text.substr(0, 2);
    parts.trace_id = text.substr(3, 32);
    parts.parent_id = text.substr(36, 16);
    parts.flags = text.substr(53);
    if (!is_hex(parts.version) || parts.version == "ff" || !is_hex(parts.flags)) return std::nullopt;
    if (!is_hex(parts.trace_id) || is_zero(parts.trace_id)) return std::nullopt;
    if (!is_hex(parts.parent_id) || is_zero(parts.parent_id)) return std::nullopt;
    return parts;
}

std::uint64_t new_span_id(random_source& random) {
    for (;;)
        if (const std::uint64_t id = random.next(); id != 0) return id;
}

span_text::span_text(std::uint64_t span_id) noexcept {
    for (std::size_t n = digits_.size(); n-- > 0; span_id >>= 4)
        digits_[n] = hex_digits[span_id & 15];
}

void append_traceparent(std::string& out, const trace_parent& of, std::uint64_t span_id) {
    out.append("00-").append(of.trace_id).append("-").append(span_text(span_id).text()).append("-");
    if (of.version == "00") {
        out.append(of.flags);
    } else {
        out.append(hex_digits.find(of.flags[1]) % 2 == 1 ? "01" : "00");
    }
}

}  // namespace postrider
