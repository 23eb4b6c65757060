#include "api.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace postrider::cli {

namespace {

constexpr std::size_t longest_page = 250;  // CONTRACT: the most that a page has

void append_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view unreserved = "-._~";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80 && (std::isalnum(byte) != 0 || unreserved.find(c) != std::string_view::npos)) {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 0xFU];
        }
    }
}

api_failure not_understood() {
    return {false, "the answer is not Postrider's; is --url right?"};
}

}  // namespace

std::string as_segment(std::string_view text) {
    std::string out;
    append_encoded(out, text);
    return out;
}

std::string with_query(std::string path, const query& query) {
    char separator = '?';
    for (const auto& [name, value] : query) {
        if (value.empty()) continue;
        path += separator;
        append_encoded(path, name);
        path += '=';
        append_encoded(path, value);
        separator = '&';
    }
    return path;
}

expected<json, api_failure> api::get(const std::string& path) const {
    return ask({.method = "GET", .path = path});
}

expected<json, api_failure> api::post(const std::string& path, const json& body) const {
    return ask({.method = "POST", .path = path, .body = body.dump()});
}

expected<json, api_failure> api::put(const std::string& path, const json& body) const {
    return ask({.method = "PUT", .path = path, .body = body.dump()});
}

expected<json, api_failure> api::remove(const std::string& path) const {
    return ask({.method = "DELETE", .path = path});
}

expected<std::string, api_failure> api::read(const std::string& path) const {
    return ask_for_text({.method = "GET", .path = path});
}

expected<std::string, api_failure> api::ask_for_text(const daemon_request& request) const {
    auto answer = client_.ask(request);
    if (!answer) return unexpected<api_failure>({true, answer.error().text});
    if (answer->status < 200 || answer->status > 299)
        return unexpected<api_failure>({answer->status == 503, explain_refusal(*answer)});
    return std::move(answer->body);
}

expected<json, api_failure> api::ask(const daemon_request& request) const {
    const auto text = ask_for_text(request);
    if (!text) return unexpected<api_failure>(text.error());
    auto parsed = json::parse(*text, nullptr, false);
    if (!parsed.is_object()) return unexpected<api_failure>(not_understood());
    return parsed;
}

expected<rows, api_failure> api::list(const std::string& path, const std::string& name, query query,
                                      std::size_t most) const {
    query.emplace_back("limit", "");
    query.emplace_back("cursor", "");
    auto& limit = query[query.size() - 2].second;
    auto& cursor = query.back().second;
    rows found;
    do {
        limit = std::to_string(std::min(most - found.array.size(), longest_page));
        auto page = get(with_query(path, query));
        if (!page) return unexpected<api_failure>(std::move(page.error()));
        if (!page->contains(name) || !(*page)[name].is_array())
            return unexpected<api_failure>(not_understood());
        for (auto& row : (*page)[name])
            found.array.push_back(std::move(row));
        const auto next = page->value("next_cursor", json());
        cursor = next.is_string() ? next.get<std::string>() : std::string();
    } while (!cursor.empty() && found.array.size() < most);
    found.has_more = !cursor.empty();
    return found;
}

}  // namespace postrider::cli
