#include "change_record.h"

#include <postrider/config/endpoint_document.h>

#include <algorithm>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

constexpr std::string_view hidden = "***";
constexpr std::size_t longest_request_id = 128;

/// The caller's, when it can be nothing but a name.
std::string request_id_of(const http::request& request) {
    const auto given = request.header("X-Request-Id");
    const auto fits = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("-_.:/+=@").find(c) != std::string_view::npos;
    };
    const bool is_name = given.size() <= longest_request_id && std::ranges::all_of(given, fits);
    return is_name ? std::string(given) : std::string();
}

/// For a place that is not encrypted: of a query and of headers nothing but that they are there.
json describe_openly(const endpoint& endpoint) {
    auto out = json::parse(config::describe_endpoint(endpoint));
    if (const auto query = endpoint.url_text.find('?'); query != std::string::npos)
        out["url"] = endpoint.url_text.substr(0, query + 1).append(hidden);
    for (auto& [name, value] : out["headers"].items())
        value = hidden;
    return out;
}

/// What is hidden shows no difference by itself.
bool differs_hidden(const std::string& name, const endpoint& left, const endpoint& right) {
    if (name == "url") return left.url_text != right.url_text;
    if (name == "headers") return left.headers != right.headers;
    return name == "authentication" && left.authentications != right.authentications;
}

/// The members of `one` that the other has not, or has otherwise.
std::string members_that_differ(const endpoint& one, const endpoint& other, const json& described_one,
                                const json& described_other) {
    auto out = json::object();
    for (const auto& [name, value] : described_one.items()) {
        const auto found = described_other.find(name);
        if (found == described_other.end() || *found != value || differs_hidden(name, one, other))
            out[name] = value;
    }
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

catalog::change describe_change(const call& asked, std::string_view action, std::string_view target,
                                std::string_view tenant) {
    catalog::change made;
    made.actor = asked.actor.empty() ? "-" : asked.actor;
    made.via = "api";
    made.remote = asked.request.peer.to_string();
    made.request_id = request_id_of(asked.request);
    made.action = action;
    made.target = target;
    made.tenant = tenant.empty() ? asked.tenant.value_or(std::string()) : std::string(tenant);
    return made;
}

catalog::change describe_difference(const call& asked, const endpoint* before, const endpoint* after) {
    static const endpoint defaults;
    const endpoint& left = before == nullptr ? defaults : *before;
    const endpoint& right = after == nullptr ? defaults : *after;
    const auto described_left = describe_openly(left);
    const auto described_right = describe_openly(right);
    auto made = describe_change(asked);
    if (before != nullptr) made.before = members_that_differ(left, right, described_left, described_right);
    if (after != nullptr) made.after = members_that_differ(right, left, described_right, described_left);
    return made;
}

asio::awaitable<std::optional<http::response>> record_first(const call& asked, catalog::change made) {
    const auto recorded = co_await asked.around.catalog.record(std::move(made));
    if (recorded) co_return std::nullopt;
    co_return unavailable("nothing was changed, because it could not be recorded: " + recorded.error().text);
}

}  // namespace postrider::admin
