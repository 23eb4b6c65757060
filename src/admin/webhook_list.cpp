#include "webhook_list.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace postrider::admin {

namespace {

bool is_id(std::string_view text) noexcept {
    const auto fits = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, fits);
}

/// What is wrong with one parameter; empty when it was taken.
std::string_view take(webhook_list& wanted, std::string_view name, std::string_view value) {
    if (name == "limit") {
        const auto* end = value.data() + value.size();
        const auto read = std::from_chars(value.data(), end, wanted.limit);
        const bool whole = read.ec == std::errc() && read.ptr == end;
        return whole && wanted.limit >= 1 && wanted.limit <= webhook_list::most ? "" : "must be 1 to 250";
    }
    if (name == "cursor") {
        wanted.after = value;
        return is_id(value) ? "" : "is none that was given here";
    }
    if (name == "state") {
        wanted.state = value;
        const bool known = value == "active" || value == "paused" || value == "disabled";
        return known ? "" : "must be active, paused or disabled";
    }
    return "is not known here; known are limit, cursor and state";
}

}  // namespace

expected<webhook_list, http::response> read_webhook_list(std::string_view query) {
    webhook_list wanted;
    std::vector<field_fault> faults;
    std::set<std::string_view> seen;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto one = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (one.empty()) continue;
        const auto middle = std::min(one.find('='), one.size());
        const auto name = one.substr(0, middle);
        auto fault = take(wanted, name, one.substr(std::min(middle + 1, one.size())));
        if (!seen.insert(name).second) fault = "stands there twice";
        if (!fault.empty()) faults.push_back({std::string(name), std::string(fault)});
    }
    if (!faults.empty()) return unexpected<http::response>(invalid(faults));
    return wanted;
}

}  // namespace postrider::admin
