#include "query.h"

#include "identifiers.h"

#include <postrider/base/rfc3339.h>
#include <postrider/http/utf8.h>

#include <algorithm>
#include <charconv>

namespace postrider::admin {

namespace {

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto length = http::utf8_sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

/// Nothing for a '%' without two digits, and for what is not UTF-8 then.
std::optional<std::string> decode(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at];
            continue;
        }
        if (text.size() - at < 3) return std::nullopt;
        unsigned byte = 0;
        const auto* const digits = text.data() + at + 1;
        const auto read = std::from_chars(digits, digits + 2, byte, 16);
        if (read.ec != std::errc() || read.ptr != digits + 2) return std::nullopt;
        out += static_cast<char>(byte);
        at += 2;
    }
    if (!is_utf8(out)) return std::nullopt;
    return out;
}

std::string join(std::initializer_list<std::string_view> names) {
    std::string out;
    for (const auto name : names)
        out.append(out.empty() ? "" : ", ").append(name);
    return out;
}

std::string list_known(std::string_view names) {
    if (names.empty()) return "is not known here; this path takes no parameters";
    return "is not known here; known are " + std::string(names);
}

/// Whether `name` is one of `names`, which a comma and a blank keep apart.
bool is_among(std::string_view name, std::string_view names) noexcept {
    while (!names.empty()) {
        const auto end = std::min(names.find(", "), names.size());
        if (names.substr(0, end) == name) return true;
        names.remove_prefix(std::min(end + 2, names.size()));
    }
    return false;
}

}  // namespace

query::query(std::string_view text, std::string_view known) {
    while (!text.empty()) {
        const auto one = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(one.size() + 1, text.size()));
        if (!one.empty()) put(one, known);
    }
}

void query::put(std::string_view one, std::string_view known) {
    const auto middle = std::min(one.find('='), one.size());
    const auto name = decode(one.substr(0, middle));
    if (!name || !is_among(*name, known)) {
        faults_.push_back({name.value_or(std::string(one.substr(0, middle))), list_known(known)});
        return;
    }
    auto value = decode(one.substr(std::min(middle + 1, one.size())));
    if (!value) {
        faults_.push_back({*name, "must be percent-encoded UTF-8"});
        return;
    }
    const bool is_filter = *name != "limit" && *name != "cursor";
    if (value->empty() && !is_filter) faults_.push_back({*name, "must not be empty"});
    if (!given_.emplace(*name, std::move(*value)).second) faults_.push_back({*name, "stands there twice"});
}

std::string query::take_text(const std::string& name) const {
    const auto found = given_.find(name);
    return found == given_.end() ? std::string() : found->second;
}

std::size_t query::take_limit(std::size_t otherwise) {
    const auto text = take_text("limit");
    if (text.empty()) return otherwise;
    std::size_t limit = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, limit);
    if (read.ec == std::errc() && read.ptr == end && limit >= 1 && limit <= most_rows) return limit;
    faults_.push_back({"limit", "must be 1 to " + std::to_string(most_rows)});
    return otherwise;
}

std::optional<wall_time> query::take_time(const std::string& name) {
    const auto text = take_text(name);
    if (text.empty()) return std::nullopt;
    const auto time = parse_rfc3339(text);
    if (!time) faults_.push_back({name, "must be a time in RFC 3339, such as 2026-01-31T12:00:00Z"});
    return time;
}

std::string query::take_event_type(const std::string& name) {
    auto text = take_text(name);
    if (text.empty() || is_event_type(text)) return text;
    faults_.push_back({name, "must be 1 to 256 letters, digits, '_', '.' and '-'"});
    return {};
}

std::string query::take_name(const std::string& name) {
    auto text = take_text(name);
    if (text.empty() || is_name(text)) return text;
    faults_.push_back({name, "must be 1 to 64 letters, digits, '_' and '-'"});
    return {};
}

std::optional<queue::delivery_status> query::take_status(const std::string& name) {
    const auto text = take_text(name);
    if (text.empty()) return std::nullopt;
    const auto status = queue::delivery_status_of(text);
    if (!status) faults_.push_back({name, "must be " + std::string(known_statuses())});
    return status;
}

std::optional<dead_reason> query::take_reason(const std::string& name) {
    const auto text = take_text(name);
    if (text.empty()) return std::nullopt;
    const auto reason = dead_reason_of(text);
    if (!reason) faults_.push_back({name, "must be " + std::string(known_reasons())});
    return reason;
}

std::string query::take_one_of(const std::string& name, std::initializer_list<std::string_view> allowed) {
    auto text = take_text(name);
    if (text.empty() || std::find(allowed.begin(), allowed.end(), text) != allowed.end()) return text;
    faults_.push_back({name, "must be one of " + join(allowed)});
    return {};
}

std::optional<bool> query::take_switch(const std::string& name) {
    const auto text = take_one_of(name, {"true", "false"});
    if (text.empty()) return std::nullopt;
    return text == "true";
}

std::string query::filters() const {
    std::string out;
    for (const auto& [name, value] : given_) {
        if (name == "limit" || name == "cursor" || value.empty()) continue;
        // The length makes it one meaning, whatever is in the value.
        out.append(name).append("=").append(std::to_string(value.size())).append(":").append(value);
    }
    return out;
}

std::optional<http::response> query::refusal() const {
    if (faults_.empty()) return std::nullopt;
    return invalid(faults_, "invalid_query");
}

std::string_view known_reasons() noexcept {
    return "terminal_status, gone, attempts_exhausted, expired, interrupted, backlog_full or "
           "endpoint_deleted";
}

std::string_view known_statuses() noexcept {
    return "pending, delivering, retrying, delivered, dead or expired";
}

}  // namespace postrider::admin
