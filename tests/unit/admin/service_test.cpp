#include <postrider/admin/service.h>
#include <postrider/net/resolver.h>

#include <admin/route.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <regex>
#include <string>
#include <string_view>

namespace postrider::admin {
namespace {

using nlohmann::json;

class scripted_operations final : public operations {
 public:
    boost::asio::awaitable<std::string> refresh() override { co_return ""; }
    boost::asio::awaitable<std::optional<std::string>> send_test(std::string, std::string) override {
        co_return std::nullopt;
    }
    void wake(std::string) override {}
    void wake_jobs() override {}
    boost::asio::awaitable<daemon_facts> facts() override { co_return daemon_facts(); }
    boost::asio::awaitable<std::string> metrics_page() override { co_return page; }
    boost::asio::awaitable<std::string> readiness() override { co_return not_ready_because; }
    boost::asio::awaitable<std::vector<config::fault>> reload(catalog::change) override {
        ++reloads;
        co_return faults;
    }

    std::string not_ready_because;
    std::string page = "webhook_duplicate_events_total 1\n";
    std::vector<config::fault> faults;
    int reloads = 0;
};

class next_handler final : public http::handler {
 public:
    expected<std::uint64_t, http::response> admit(const http::request&,
                                                  std::optional<std::uint64_t>) override {
        return 4711;
    }
    boost::asio::awaitable<http::response> handle(http::request&) override {
        co_return http::problem(404, "next", "next");
    }
};

class no_names final : public net::resolver {
 public:
    boost::asio::awaitable<net::addresses_or_reason> resolve(std::string) override {
        co_return unexpected<net::resolve_error>(
            net::resolve_error(net::resolve_error::cause::no_address, ""));
    }
};

access::token token(std::string_view text, access::scope scope, std::optional<std::string> tenant = {}) {
    return {std::string(text), sha256({text}), static_cast<std::uint8_t>(scope), std::move(tenant)};
}

class service_test : public ::testing::Test {
 protected:
    service_test() : service_(around()) { use_tokens({}); }

    service::surroundings around() {
        return {operations_, metrics_, next_,   inspection_,  belongings_,
                catalog_,    jobs_,    random_, system_time()};
    }

    void use_tokens(std::vector<access::token> tokens, bool open_metrics = false) {
        view now;
        now.tokens = std::make_shared<access::token_list>(std::move(tokens));
        now.open_metrics = open_metrics;
        service_.set_view(now);
    }

    http::response handle(std::string method, std::string path, std::string query) {
        http::request request;
        request.method = std::move(method);
        request.path = std::move(path);
        request.query = std::move(query);
        request.headers = {{"Host", "localhost"}};
        boost::asio::io_context context;
        auto answer = boost::asio::co_spawn(context, service_.handle(request), boost::asio::use_future);
        context.run();
        return answer.get();
    }

    http::response ask(std::string method, std::string path, std::string_view token = {},
                       std::string host = "localhost") {
        http::request request;
        request.method = std::move(method);
        request.path = std::move(path);
        request.headers = {{"Host", std::move(host)}};
        if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + std::string(token));
        auto admitted = service_.admit(request, {});
        if (!admitted) return admitted.error();
        boost::asio::io_context context;
        auto answer = boost::asio::co_spawn(context, service_.handle(request), boost::asio::use_future);
        context.run();
        return answer.get();
    }

    scripted_operations operations_;
    metrics::registry metrics_;
    next_handler next_;
    // A client that is never started: what needs the store is tested with a real one, in the integration
    // tests.
    boost::asio::io_context context_;
    no_names names_;
    system_random random_;
    queue::keys keys_{"t", 4};
    redis::client client_{context_.get_executor(), names_, {}, {}, system_time()};
    queue::inspection inspection_{client_, keys_, metrics_, system_time()};
    queue::belongings belongings_{client_, keys_, metrics_, system_time()};
    catalog::store catalog_{client_, "t", std::make_shared<const catalog::sealer>(std::vector<secret>()),
                            random_, system_time()};
    dead_letter::job_store jobs_{client_, "t", random_, system_time()};
    service service_;
};

TEST_F(service_test, health_needs_nobody_and_nothing) {
    use_tokens({token("x", access::scope::admin)});
    EXPECT_EQ(ask("GET", "/health").body, R"({"status":"ok"})");
    EXPECT_EQ(ask("HEAD", "/health", {}, "10.1.2.3:8081").status, 200);
    EXPECT_EQ(ask("POST", "/health").status, 405);
    service fresh(around());
    http::request request;
    request.method = "GET";
    request.path = "/health";
    EXPECT_TRUE(fresh.admit(request, {}));
    request.path = "/metrics";
    EXPECT_EQ(fresh.admit(request, {}).error().status, 503) << "closed until the tokens are known";
}

TEST_F(service_test, ready_says_why_not) {
    EXPECT_EQ(ask("GET", "/ready").status, 200);
    operations_.not_ready_because = "Redis does not answer";
    const auto answer = ask("GET", "/ready");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(json::parse(answer.body)["detail"], "Redis does not answer");
}

TEST_F(service_test, metrics_are_for_readers_of_all_tenants) {
    metrics_.count_duplicate();
    const auto open = ask("GET", "/metrics");
    EXPECT_EQ(open.status, 200);
    EXPECT_EQ(open.content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_NE(open.body.find("webhook_duplicate_events_total 1"), std::string::npos);
    EXPECT_EQ(ask("GET", "/metrics", {}, "evil.example").status, 403) << "DNS rebinding";
    const auto tokens = std::vector{token("shop", access::scope::ingest), token("eye", access::scope::read),
                                    token("acme", access::scope::admin, "acme")};
    use_tokens(tokens);
    EXPECT_EQ(ask("GET", "/metrics").status, 401);
    EXPECT_EQ(ask("GET", "/metrics", "guess").status, 401);
    EXPECT_EQ(ask("GET", "/metrics", "shop").status, 403);
    EXPECT_EQ(ask("GET", "/metrics", "acme").status, 403);
    EXPECT_EQ(ask("GET", "/metrics", "eye").status, 200);
    EXPECT_NE(metrics_.render().find("webhook_auth_failures_total 5"), std::string::npos);
    use_tokens(tokens, true);
    EXPECT_EQ(ask("GET", "/metrics").status, 200);
}

TEST_F(service_test, reload_is_for_admins_of_all_tenants) {
    EXPECT_EQ(ask("GET", "/api/config/reload").status, 405);
    use_tokens({token("eye", access::scope::read), token("acme", access::scope::admin, "acme"),
                token("root", access::scope::admin)});
    EXPECT_EQ(ask("POST", "/api/config/reload").status, 401);
    EXPECT_EQ(ask("POST", "/api/config/reload", "eye").status, 403);
    EXPECT_EQ(ask("POST", "/api/config/reload", "acme").status, 403);
    EXPECT_EQ(operations_.reloads, 0);
    EXPECT_EQ(ask("POST", "/api/config/reload", "root").body, R"({"status":"reloaded"})");
    EXPECT_EQ(operations_.reloads, 1);
}

TEST_F(service_test, a_faulty_configuration_is_told_whole) {
    operations_.faults = {{"a.yaml", 3, 5, "unknown key `x\"`"}, {"b.yaml", 0, 0, "cannot be read"}};
    const auto answer = ask("POST", "/api/config/reload");
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.content_type, "application/problem+json");
    const auto errors = json::parse(answer.body)["errors"];
    ASSERT_EQ(errors.size(), 2U);
    EXPECT_EQ(errors[0],
              json::parse(R"({"file":"a.yaml","line":3,"column":5,"message":"unknown key `x\"`"})"));
}

TEST_F(service_test, bodies_are_bounded_and_json) {
    http::request request;
    request.method = "POST";
    request.path = "/api/webhooks";
    request.headers = {{"Host", "localhost"}};
    EXPECT_EQ(service_.admit(request, 2).error().status, 415);
    request.headers.emplace_back("Content-Type", "application/json; charset=UTF-8");
    EXPECT_EQ(service_.admit(request, 2).value(), 262144U);
    EXPECT_EQ(service_.admit(request, 262144).value(), 262144U);
    EXPECT_EQ(service_.admit(request, 262145).error().status, 413);
    request.headers.back().second = "application/json; charset=latin1";
    EXPECT_EQ(service_.admit(request, 2).error().status, 415);
    request.headers.pop_back();
    request.path = "/api/webhooks/a/rotate-secret";
    EXPECT_EQ(service_.admit(request, std::nullopt).value(), 262144U) << "its body may be absent";
    EXPECT_EQ(service_.admit(request, 0).value(), 262144U);
    EXPECT_EQ(service_.admit(request, 2).error().status, 415);
    request.headers.emplace_back("Transfer-Encoding", "chunked");
    EXPECT_EQ(service_.admit(request, std::nullopt).error().status, 415);
    request.path = "/api/webhooks/a/pause";
    EXPECT_EQ(service_.admit(request, std::nullopt).value(), 1024U) << "small stray bodies are tolerated";
}

TEST_F(service_test, every_route_refuses_what_it_does_not_know_and_what_is_there_twice) {
    int routes = 0;
    for (const auto& group : {process_routes(), status_routes(), webhook_routes(), standing_routes(),
                              delivery_routes(), event_routes(), dead_letter_routes(), job_routes()}) {
        for (const auto& route : group) {
            SCOPED_TRACE(std::string(route.method) + ' ' + std::string(route.path));
            ++routes;
            const auto known = std::string(route.takes_query.substr(0, route.takes_query.find(',')));
            const auto path = std::regex_replace(std::string(route.path), std::regex("\\{id\\}"), "a");
            for (const auto& text :
                 {std::string("colour=red"), std::string("Limit=1"), known + "=1&" + known + "=1"}) {
                const auto refused = handle(std::string(route.method), path, text);
                EXPECT_EQ(refused.status, 422) << text;
                const auto problem = json::parse(refused.body);
                EXPECT_EQ(problem["code"], "invalid_query");
                EXPECT_NE(problem["detail"].get<std::string>().find(
                              known.empty()             ? "takes no parameters"
                              : text.starts_with(known) ? "twice"
                                                        : "known are " + std::string(route.takes_query)),
                          std::string::npos)
                    << problem;
            }
        }
    }
    EXPECT_GE(routes, 25);
    EXPECT_EQ(operations_.reloads, 0) << "and nothing was done";
}

TEST_F(service_test, lists_wait_for_the_key_of_their_cursors) {
    const auto refused = handle("GET", "/api/jobs", "");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(json::parse(refused.body)["code"], "not_ready");
    EXPECT_EQ(handle("GET", "/api/webhooks/a", "").status, 404);
}

TEST_F(service_test, everything_else_is_next) {
    http::request request;
    request.method = "POST";
    request.path = "/api/events";
    EXPECT_EQ(service_.admit(request, {}).value(), 4711U);
    EXPECT_EQ(json::parse(ask("GET", "/nothing").body)["code"], "next");
    EXPECT_EQ(json::parse(ask("GET", "/health/").body)["code"], "next");
}

TEST_F(service_test, who_asks_too_often_is_429) {
    auto eye = token("eye", access::scope::read);
    eye.rate_limit = rate_settings{.requests_per_second = 0.001, .burst = 1};
    view now;
    now.tokens = std::make_shared<access::token_list>(std::vector{eye});
    now.rates = std::make_shared<limit::request_rates>(
        limit::request_rates::settings_by_name{{"eye", *eye.rate_limit}}, nullptr);
    service_.set_view(now);
    EXPECT_EQ(ask("GET", "/metrics", "eye").status, 200);
    const auto refused = ask("GET", "/metrics", "eye");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(json::parse(refused.body)["code"], "rate_limited");
    EXPECT_EQ(ask("GET", "/health").status, 200);
    EXPECT_NE(metrics_.render().find("webhook_rate_limited_requests_total{token=\"eye\"} 1"),
              std::string::npos);
}

TEST_F(service_test, a_page_that_came_over_tls_is_never_asked_for_without) {
    http::request request;
    request.method = "GET";
    request.path = "/";
    request.headers = {{"Host", "localhost"}};
    for (const bool over_tls : {true, false}) {
        request.over_tls = over_tls;
        boost::asio::io_context context;
        auto answer = boost::asio::co_spawn(context, service_.handle(request), boost::asio::use_future);
        context.run();
        std::size_t found = 0;
        for (const auto& [name, value] : answer.get().headers)
            if (name == "Strict-Transport-Security") ++found;
        EXPECT_EQ(found, over_tls ? 1U : 0U);
    }
}

}  // namespace
}  // namespace postrider::admin
