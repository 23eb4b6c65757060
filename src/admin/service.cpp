#include "openapi_document.h"

#include <postrider/access/permission.h>
#include <postrider/admin/service.h>
#include <postrider/http/refusal.h>

#include <algorithm>
#include <array>
#include <optional>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

/// No route reads a body; clients that send a small one all the same are not turned away for it.
constexpr std::uint64_t most_ignored_body = 1024;

enum class route : std::uint8_t { health, ready, metrics, openapi, reload };

struct entry {
    std::string_view path;
    route to;
};
constexpr std::array entries{
    entry{"/health", route::health},
    entry{"/ready", route::ready},
    entry{"/metrics", route::metrics},
    entry{"/openapi.json", route::openapi},
    entry{"/api/config/reload", route::reload},
};

std::optional<route> find_route(std::string_view path) noexcept {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const entry& entry) { return entry.path == path; });
    if (found == entries.end()) return std::nullopt;
    return found->to;
}

std::optional<http::response> fault_of_method(route to, std::string_view method) {
    const bool is_read = method == "GET" || method == "HEAD";
    if (to == route::reload ? method == "POST" : is_read) return std::nullopt;
    const std::string_view allowed = to == route::reload ? "POST" : "GET, HEAD";
    auto answer = http::problem(405, "method_not_allowed", "this path takes " + std::string(allowed));
    answer.headers.emplace_back("Allow", allowed);
    return answer;
}

http::response status(std::string_view value) {
    http::response answer;
    answer.body.append(R"({"status":")").append(value).append(R"("})");
    return answer;
}

void append_fault(std::string& out, const config::fault& fault) {
    out += R"({"file":)";
    http::append_json_string(out, fault.file);
    out.append(R"(,"line":)").append(std::to_string(fault.line));
    out.append(R"(,"column":)").append(std::to_string(fault.column));
    out += R"(,"message":)";
    http::append_json_string(out, fault.message);
    out += '}';
}

http::response faulty_configuration(const std::vector<config::fault>& faults) {
    auto answer =
        http::problem(422, "invalid_configuration",
                      "nothing was changed; the configuration has faults: " + std::to_string(faults.size()));
    answer.body.back() = ',';
    answer.body += R"("errors":[)";
    for (const auto& fault : faults) {
        append_fault(answer.body, fault);
        answer.body += ',';
    }
    answer.body.back() = ']';
    answer.body += '}';
    return answer;
}

http::response not_ready(std::string_view why) {
    auto answer = http::problem(503, "not_ready", why);
    answer.headers.emplace_back("Retry-After", "1");
    return answer;
}

}  // namespace

struct service::impl {
    impl(operations& asked, metrics::registry& counts, http::handler& others)
        : daemon(asked), metrics(counts), next(others) {}

    std::optional<http::response> refuse(route to, const http::request& head) {
        if (auto fault = fault_of_method(to, head.method)) return fault;
        const bool is_open = to == route::health || to == route::ready || to == route::openapi ||
                             (to == route::metrics && current.open_metrics);
        if (is_open) return std::nullopt;
        if (!current.tokens) return not_ready("the configuration is not loaded yet");
        const auto wanted = to == route::reload ? access::scope::admin : access::scope::read;
        const auto permission = access::permit(http::credentials_of(head), *current.tokens, wanted);
        if (permission.why != access::refusal::none) {
            metrics.count_auth_failure();
            return http::refuse(permission.why);
        }
        // Both show or change what belongs to all tenants.
        if (permission.who == nullptr || !permission.who->tenant) return std::nullopt;
        metrics.count_auth_failure();
        return http::problem(403, "forbidden", "the token is bound to a tenant; this needs one that is not");
    }

    asio::awaitable<http::response> reload() {
        const auto faults = co_await daemon.reload();
        co_return faults.empty() ? status("reloaded") : faulty_configuration(faults);
    }

    asio::awaitable<http::response> ready() {
        const auto why = co_await daemon.readiness();
        co_return why.empty() ? status("ready") : not_ready(why);
    }

    asio::awaitable<http::response> handle(http::request& request) {
        const auto to = find_route(request.path);
        if (!to) co_return co_await next.handle(request);
        if (auto refusal = refuse(*to, request)) co_return std::move(*refusal);
        if (*to == route::ready) co_return co_await ready();
        if (*to == route::reload) co_return co_await reload();
        if (*to == route::health) co_return status("ok");
        http::response answer;
        if (*to == route::metrics) {
            answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
            answer.body = metrics.render();
        } else {
            answer.body = openapi_document;
        }
        co_return answer;
    }

    operations& daemon;
    metrics::registry& metrics;
    http::handler& next;
    view current;
};

service::service(operations& operations, metrics::registry& metrics, http::handler& next)
    : impl_(std::make_unique<impl>(operations, metrics, next)) {}
service::~service() = default;

void service::set_view(view view) {
    impl_->current = std::move(view);
}

expected<std::uint64_t, http::response> service::admit(const http::request& head,
                                                       std::optional<std::uint64_t> content_length) {
    const auto to = find_route(head.path);
    if (!to) return impl_->next.admit(head, content_length);
    if (auto refusal = impl_->refuse(*to, head)) return unexpected<http::response>(std::move(*refusal));
    return most_ignored_body;
}

asio::awaitable<http::response> service::handle(http::request& request) {
    return impl_->handle(request);
}

}  // namespace postrider::admin
