#include "envelope.h"

#include "json_string.h"

#include <postrider/base/rfc3339.h>
#include <postrider/subscription/pattern.h>

#include <algorithm>
#include <forward_list>

namespace postrider::intake {

namespace {

/// A client that posts something else altogether is told of some fields, not of thousands.
constexpr std::size_t most_errors = 16;

/// Gathers the fields and what is wrong with them.
class reader {
 public:
    void take(std::string_view name, std::string_view value) {
        if (name == "type")
            take_type(value);
        else if (name == "data")
            envelope_.data = value;
        else if (name == "id")
            take_text(name, value, envelope_.id, is_id, "must be 1 to 256 of A-Z a-z 0-9 _ -");
        else if (name == "key")
            take_text(name, value, envelope_.key, is_key, "must be a string of 1 to 256 bytes");
        else if (name == "tenant")
            take_text(name, value, envelope_.tenant, is_tenant, "must be 1 to 64 of A-Z a-z 0-9 _ -");
        else if (name == "timestamp")
            take_timestamp(value);
        else
            add(name.substr(0, 64), "is unknown; an event has type, data, id, timestamp, key and tenant");
    }

    expected<envelope, fault> end() {
        if (!has_type_) add("type", "is missing");
        if (envelope_.data.empty()) add("data", "is missing");
        if (errors_.empty()) return std::move(envelope_);
        fault found{422, "invalid_event", {}, {}};
        found.detail = '`' + errors_.front().field + "` " + errors_.front().message;
        found.errors = std::move(errors_);
        return unexpected<fault>(std::move(found));
    }

 private:
    static bool is_id(std::string_view text) { return is_identifier(text, 256); }
    static bool is_tenant(std::string_view text) { return is_identifier(text, 64); }
    static bool is_key(std::string_view text) { return !text.empty() && text.size() <= 256; }

    void add(std::string_view field, std::string_view message) {
        if (errors_.size() < most_errors) errors_.push_back({std::string(field), std::string(message)});
    }

    template <typename Check>
    void take_text(std::string_view field, std::string_view value, std::string& out, Check is_fine,
                   std::string_view allowed) {
        if (value.starts_with('"')) out = decode_json_string(value);
        if (!value.starts_with('"') || !is_fine(out)) add(field, allowed);
    }

    void take_type(std::string_view value) {
        has_type_ = true;
        take_text("type", value, envelope_.type, subscription::is_event_type,
                  "must be 1 to 256 of A-Z a-z 0-9 _ . -");
        if (envelope_.type.starts_with("postrider.")) add("type", "may not begin with `postrider.`");
    }

    void take_timestamp(std::string_view value) {
        if (value.starts_with('"')) envelope_.timestamp = parse_rfc3339(decode_json_string(value));
        if (!envelope_.timestamp)
            add("timestamp", "must be an RFC 3339 date and time such as \"2026-01-31T12:00:00Z\"");
    }

    envelope envelope_;
    bool has_type_ = false;
    std::vector<field_error> errors_;
};

/// The name that is there twice; nothing when none is. Names are compared as what they mean, not as written.
const std::string_view* find_repeated(std::vector<std::string_view>& names) {
    std::sort(names.begin(), names.end());
    const auto found = std::adjacent_find(names.begin(), names.end());
    return found == names.end() ? nullptr : &*found;
}

/// What a name means; `decoded` keeps those that are written with escapes, which hardly any is.
std::string_view meaning_of(std::string_view raw, std::forward_list<std::string>& decoded) {
    const auto text = raw.substr(1, raw.size() - 2);
    if (text.find('\\') == std::string_view::npos) return text;
    return decoded.emplace_front(decode_json_string(raw));
}

}  // namespace

bool is_identifier(std::string_view text, std::size_t longest) noexcept {
    return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    });
}

expected<envelope, fault> read_envelope(const std::vector<json_member>& members) {
    reader reader;
    std::forward_list<std::string> decoded;
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const auto& member : members) {
        names.push_back(meaning_of(member.name, decoded));
        reader.take(names.back(), member.value);
    }
    if (const auto* name = find_repeated(names)) {
        fault found{400, "repeated_field", {}, {}};
        found.detail = "`" + std::string(name->substr(0, 64)) + "` is there more than once";
        return unexpected<fault>(std::move(found));
    }
    return reader.end();
}

}  // namespace postrider::intake
