#include "route.h"

#include <postrider/access/permission.h>
#include <postrider/base/ascii.h>
#include <postrider/http/refusal.h>

#include <array>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

/// Of routes that read no body: clients that send a small one all the same are not turned away for it.
constexpr std::uint64_t most_ignored_body = 1024;

http::response method_not_allowed(std::string_view allowed) {
    auto out = http::problem(405, "method_not_allowed", "this path takes " + std::string(allowed));
    out.headers.emplace_back("Allow", allowed);
    return out;
}

http::response not_loaded(std::string_view what) {
    auto out = http::problem(503, "not_ready", std::string(what) + " not loaded yet");
    out.headers.emplace_back("Retry-After", "1");
    return out;
}

/// The media type of a `Content-Type` in lower case; empty when a parameter says that it is not UTF-8.
std::string read_media_type(std::string_view content_type) {
    std::string text;
    for (const char c : content_type) {
        if (c != ' ' && c != '\t' && c != '"') text += ascii::to_lower(c);
    }
    const auto end = text.find(';');
    if (end == std::string::npos) return text;
    return text.substr(end) == ";charset=utf-8" || end + 1 == text.size() ? text.substr(0, end)
                                                                          : std::string();
}

std::optional<http::response> fault_of_media_type(body takes, std::string_view content_type) {
    const auto type = read_media_type(content_type);
    if (type == "application/json") return std::nullopt;
    if (takes != body::merge_patch)
        return http::problem(415, "unsupported_media_type", "the body is sent as application/json");
    if (type == "application/merge-patch+json") return std::nullopt;
    return http::problem(415, "unsupported_media_type",
                         "a change is sent as application/merge-patch+json or application/json");
}

/// Without the key of the store's a list could not be gone on with, and anybody could make cursors.
bool is_list(const route& to) noexcept {
    return to.takes_query.find("cursor") != std::string_view::npos;
}

bool announces_body(const http::request& head, std::optional<std::uint64_t> content_length) {
    return content_length.value_or(0) > 0 || head.has_header("Transfer-Encoding");
}

}  // namespace

struct service::impl {
    explicit impl(surroundings with)
        : around(with), groups{process_routes(),  status_routes(), webhook_routes(),     standing_routes(),
                               delivery_routes(), event_routes(),  dead_letter_routes(), data_routes(),
                               job_routes(),      console_routes()} {}

    http::response count_refusal(http::response refusal) {
        around.metrics.count_auth_failure();
        return refusal;
    }

    /// Whether the sender may use the route: asked before its body is read and when it is handled, because
    /// the tokens may have been swapped in between.
    std::optional<http::response> refuse(const route& to, const http::request& head, const view& seen,
                                         access::permission& permission) {
        if (to.who == audience::anyone) return std::nullopt;
        if (to.who == audience::scrapers && seen.open_metrics) return std::nullopt;
        if (!seen.tokens) return not_loaded("the configuration is");
        const auto wanted = to.who == audience::admins ? access::scope::admin : access::scope::read;
        permission = access::permit(http::credentials_of(head), *seen.tokens, wanted, around.time);
        if (permission.why != access::refusal::none) return count_refusal(http::refuse(permission.why));
        const access::token* const who = permission.who;
        if (who == nullptr || !who->tenant || to.bound == tenants::admitted) return std::nullopt;
        return count_refusal(
            http::problem(403, "forbidden", "the token is bound to a tenant; this needs one that is not"));
    }

    expected<std::uint64_t, http::response> admit(const http::request& head,
                                                  std::optional<std::uint64_t> content_length) {
        const auto found = find_route(groups, head.method, head.path);
        if (found.allowed.empty()) return around.next.admit(head, content_length);
        if (found.by_method == nullptr) return unexpected<http::response>(method_not_allowed(found.allowed));
        const route& to = *found.by_method;
        access::permission permitted;
        if (auto refusal = refuse(to, head, *now, permitted))
            return unexpected<http::response>(std::move(*refusal));
        if (to.takes == body::ignored) return most_ignored_body;
        if (to.takes != body::maybe_json || announces_body(head, content_length)) {
            if (auto fault = fault_of_media_type(to.takes, head.header("Content-Type")))
                return unexpected<http::response>(std::move(*fault));
        }
        if (content_length.value_or(0) <= most_body) return most_body;
        return unexpected<http::response>(http::problem(
            413, "body_too_large", "the body may have " + std::to_string(most_body) + " bytes"));
    }

    /// Takes one of the token's rate, which requests of events use up as well.
    std::optional<http::response> refuse_for_rate(const access::token* who, const view& seen) {
        if (who == nullptr || !who->rate_limit || !seen.rates) return std::nullopt;
        const auto wait = seen.rates->take(who->name, 1, around.time.monotonic_now());
        if (wait == std::chrono::nanoseconds()) return std::nullopt;
        around.metrics.count_rate_limited(who->name);
        return http::refuse_for_rate(limit::seconds_to_wait(wait));
    }

    asio::awaitable<http::response> handle(http::request& request) {
        auto found = find_route(groups, request.method, request.path);
        if (found.allowed.empty()) co_return co_await around.next.handle(request);
        if (found.by_method == nullptr) co_return method_not_allowed(found.allowed);
        const route& to = *found.by_method;
        call asked(request, around, now);
        access::permission permitted;
        if (auto refusal = refuse(to, request, *asked.now, permitted)) co_return std::move(*refusal);
        const access::token* const who = permitted.who;
        if (permitted.by_previous) around.metrics.count_previous_token(who->name);
        if (auto refusal = refuse_for_rate(who, *asked.now)) co_return std::move(*refusal);
        asked.given = query(request.query, to.takes_query);
        if (auto refusal = asked.given.refusal()) co_return std::move(*refusal);
        if (is_list(to) && asked.now->cursor_key.empty()) co_return not_loaded("the endpoints are");
        if (who != nullptr) {
            asked.tenant = who->tenant;
            asked.actor = who->name;
        }
        asked.parameters = std::move(found.parameters);
        auto said = co_await to.handle(std::move(asked));
        const secret wiped(std::move(request.body));  // it may have brought one
        co_return said;
    }

    surroundings around;
    std::array<std::span<const route>, 10> groups;
    std::shared_ptr<const view> now = std::make_shared<view>();
};

service::service(surroundings around) : impl_(std::make_unique<impl>(around)) {}
service::~service() = default;

void service::set_view(view view) {
    impl_->now = std::make_shared<admin::view>(std::move(view));
}

expected<std::uint64_t, http::response> service::admit(const http::request& head,
                                                       std::optional<std::uint64_t> content_length) {
    return impl_->admit(head, content_length);
}

asio::awaitable<http::response> service::handle(http::request& request) {
    return impl_->handle(request);
}

}  // namespace postrider::admin
