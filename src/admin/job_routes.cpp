#include "cursor.h"
#include "identifiers.h"
#include "job_view.h"
#include "sight.h"

#include <array>

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

constexpr std::size_t usual_jobs = 50;

http::response away() {
    return unavailable("Redis did not answer as it should");
}

asio::awaitable<http::response> list_jobs(call asked) {
    auto& given = asked.given;
    const auto limit = given.take_limit(usual_jobs);
    if (auto refusal = given.refusal()) co_return std::move(*refusal);
    const auto scope = list_scope(asked.now->cursor_key, asked.request.path, asked.tenant, given.filters());
    auto position = read_position(scope, given.take_text("cursor"));
    if (!position) co_return refuse_cursor();
    const auto page =
        co_await asked.around.jobs.list(asked.tenant.value_or(std::string()), std::move(*position), limit);
    if (!page) co_return away();
    json out{{"jobs", json::array()}, {"next_cursor", next_cursor(scope, page->next)}};
    for (const auto& job : page->jobs)
        out["jobs"].push_back(describe_job(job));
    co_return answer(200, out);
}

asio::awaitable<http::response> show_job(call asked) {
    if (!is_job_id(asked.parameters.front())) co_return not_found("job");
    const auto found = co_await asked.around.jobs.find(asked.parameters.front());
    if (!found) co_return away();
    if (!*found || !may_see(asked, (*found)->tenant)) co_return not_found("job");
    co_return answer(200, json{{"job", describe_job(**found)}});
}

constexpr std::array job_table{
    route{"GET", "/api/jobs", audience::readers, tenants::admitted, body::ignored, list_jobs,
          "limit, cursor"},
    route{"GET", "/api/jobs/{id}", audience::readers, tenants::admitted, body::ignored, show_job},
};

}  // namespace

std::span<const route> job_routes() {
    return job_table;
}

}  // namespace postrider::admin
