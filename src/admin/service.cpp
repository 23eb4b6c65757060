#include "openapi.h"
#include "permission.h"

#include <postrider/admin/service.h>

#include <array>
#include <string_view>
#include <utility>

namespace postrider::admin {
namespace asio = boost::asio;

namespace {

constexpr std::uint64_t largest_body =
    1024;  // of routes that take none: what a careless client may send all the same

enum class route : std::uint8_t { health, ready, metrics, openapi, reload };

struct route_description {
    route what;
    std::string_view method;
    std::string_view path;
};

constexpr std::array<route_description, 5> routes{{{route::health, "GET", "/health"},
                                                   {route::ready, "GET", "/ready"},
                                                   {route::metrics, "GET", "/metrics"},
                                                   {route::openapi, "GET", "/openapi.json"},
                                                   {route::reload, "POST", "/api/config/reload"}}};

const route_description* find_route(std::string_view path) noexcept {
    for (const auto& route : routes) {
        if (route.path == path) return &route;
    }
    return nullptr;
}

bool is_method_of(const route_description& route, std::string_view method) noexcept {
    return method == route.method || (method == "HEAD" && route.method == "GET");
}

http::response json(std::string body) {
    http::response response;
    response.body = std::move(body);
    return response;
}

http::response faults_answer(const std::vector<config::fault>& faults) {
    std::string body =
        R"({"type":"about:blank","title":"Unprocessable Content","status":422,)"
        R"("code":"configuration_faulty","detail":"the configuration was not changed","errors":[)";
    for (const auto& fault : faults) {
        if (body.back() != '[') body += ',';
        body += R"({"file":)";
        http::append_json_string(body, fault.file);
        body += R"(,"line":)" + std::to_string(fault.line) + R"(,"column":)" + std::to_string(fault.column);
        body += R"(,"message":)";
        http::append_json_string(body, fault.message);
        body += '}';
    }
    body += "]}";
    http::response response = json(std::move(body));
    response.status = 422;
    response.content_type = "application/problem+json";
    return response;
}

}  // namespace

struct service::impl {
    [[nodiscard]] std::optional<http::response> refuse_route(const http::request& head, route what) const;
    asio::awaitable<http::response> answer_ready();
    asio::awaitable<http::response> answer_reload();

    operations& daemon;
    metrics::registry& metrics;
    http::handler& next;
    view current{std::make_shared<access::token_list>(), false};
};

service::service(operations& operations, metrics::registry& metrics, http::handler& next)
    : impl_(new impl{operations, metrics, next}) {}
service::~service() = default;

void service::set_view(view view) {
    impl_->current = std::move(view);
}

std::optional<http::response> service::impl::refuse_route(const http::request& head, route what) const {
    switch (what) {
        case route::health:
        case route::ready:
        case route::openapi:
            return std::nullopt;
        case route::metrics:
            if (current.open_metrics) return std::nullopt;
            return refuse(head, *current.tokens, {access::scope::read, true}, metrics);
        case route::reload:
            return refuse(head, *current.tokens, {access::scope::admin, true}, metrics);
    }
    return std::nullopt;
}

expected<std::uint64_t, http::response> service::admit(const http::request& head,
                                                       std::optional<std::uint64_t> content_length) {
    const auto* const route = find_route(head.path);
    if (route == nullptr) return impl_->next.admit(head, content_length);
    if (!is_method_of(*route, head.method)) {
        auto answer = http::problem(405, "method_not_allowed", "allowed here: " + std::string(route->method));
        answer.headers.emplace_back("Allow",
                                    route->method == "GET" ? "GET, HEAD" : std::string(route->method));
        return unexpected<http::response>(std::move(answer));
    }
    if (auto refused = impl_->refuse_route(head, route->what))
        return unexpected<http::response>(std::move(*refused));
    if (content_length.value_or(0) > largest_body) {
        return unexpected<http::response>(http::problem(413, "too_large", "this route takes no body"));
    }
    return largest_body;
}

asio::awaitable<http::response> service::impl::answer_ready() {
    const std::string fault = co_await daemon.readiness();
    if (fault.empty()) co_return json(R"({"status":"ready"})");
    auto answer = http::problem(503, "not_ready", fault);
    answer.headers.emplace_back("Retry-After", "1");
    co_return answer;
}

asio::awaitable<http::response> service::impl::answer_reload() {
    const auto faults = co_await daemon.reload();
    if (faults.empty()) co_return json(R"({"status":"reloaded"})");
    co_return faults_answer(faults);
}

asio::awaitable<http::response> service::handle(http::request& request) {
    const auto* const route = find_route(request.path);
    if (route == nullptr) co_return co_await impl_->next.handle(request);
    switch (route->what) {
        case route::health:
            co_return json(R"({"status":"ok"})");
        case route::ready:
            co_return co_await impl_->answer_ready();
        case route::openapi:
            co_return json(std::string(openapi()));
        case route::reload:
            co_return co_await impl_->answer_reload();
        case route::metrics:
            break;
    }
    http::response response = json(impl_->metrics.render());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    co_return response;
}

}  // namespace postrider::admin
