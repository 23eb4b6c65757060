#include "answer.h"
#include "change_record.h"
#include "log_handlers.h"
#include "openapi_document.h"
#include "route.h"

#include <array>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

http::response say(std::string_view status) {
    return answer(200, json({{"status", status}}));
}

http::response faulty_configuration(const std::vector<config::fault>& faults) {
    auto out =
        http::problem(422, "invalid_configuration",
                      "nothing was changed; the configuration has faults: " + std::to_string(faults.size()));
    auto document = json::parse(out.body);
    auto errors = json::array();
    for (const auto& fault : faults) {
        errors.push_back({{"file", fault.file},
                          {"line", fault.line},
                          {"column", fault.column},
                          {"message", fault.message}});
    }
    document["errors"] = std::move(errors);
    out.body = document.dump(-1, ' ', false, json::error_handler_t::replace);
    return out;
}

asio::awaitable<http::response> show_health(call) {
    co_return say("ok");
}

asio::awaitable<http::response> show_readiness(call asked) {
    const auto why = co_await asked.around.daemon.readiness();
    const auto warnings = asked.around.daemon.warnings();
    if (why.empty() && warnings.empty()) co_return say("ready");
    if (why.empty()) {
        json out;
        out["status"] = "ready";
        out["warnings"] = warnings;
        co_return answer(200, out);
    }
    auto out = http::problem(503, "not_ready", why);
    out.headers.emplace_back("Retry-After", "1");
    co_return out;
}

asio::awaitable<http::response> show_metrics(call asked) {
    http::response out;
    out.content_type = "text/plain; version=0.0.4; charset=utf-8";
    out.body = co_await asked.around.daemon.metrics_page();
    if (out.body.empty()) co_return http::problem(503, "busy", "the metrics could not be written in time");
    co_return out;
}

asio::awaitable<http::response> show_openapi(call) {
    http::response out;
    out.body = openapi_document;
    co_return out;
}

asio::awaitable<http::response> reload_configuration(call asked) {
    auto who = describe_change(asked, "config.reloaded");
    const auto faults = co_await asked.around.daemon.reload(std::move(who));
    if (faults.empty()) co_return say("reloaded");
    co_return faulty_configuration(faults);
}

// Metrics, reload and log show or change what belongs to all tenants.
constexpr std::array process_table{
    route{"GET", "/health", audience::anyone, tenants::admitted, body::ignored, show_health},
    route{"GET", "/ready", audience::anyone, tenants::admitted, body::ignored, show_readiness},
    route{"GET", "/metrics", audience::scrapers, tenants::refused, body::ignored, show_metrics},
    route{"GET", "/openapi.json", audience::anyone, tenants::admitted, body::ignored, show_openapi},
    route{"POST", "/api/config/reload", audience::admins, tenants::refused, body::ignored,
          reload_configuration},
    route{"GET", "/api/log", audience::admins, tenants::refused, body::ignored, show_log},
    route{"PUT", "/api/log", audience::admins, tenants::refused, body::json, change_log},
};

}  // namespace

std::span<const route> process_routes() {
    return process_table;
}

}  // namespace postrider::admin
