#include "job_creation.h"

namespace postrider::admin {

namespace asio = boost::asio;

namespace {

http::response too_many() {
    auto out = http::problem(
        429, "too_many_jobs",
        std::to_string(dead_letter::job_store::most_running) + " jobs are running; wait for one to end");
    out.headers.emplace_back("Retry-After", "5");
    return out;
}

/// Why there is no new job: as many run as may, or Redis did not answer.
asio::awaitable<http::response> explain(const call& asked) {
    const auto running = co_await asked.around.jobs.running();
    if (running && running->size() >= dead_letter::job_store::most_running) co_return too_many();
    co_return unavailable("Redis did not answer as it should; no job was made");
}

}  // namespace

asio::awaitable<http::response> answer_with_job(const call& asked, dead_letter::job wanted) {
    const auto made = co_await asked.around.jobs.create(std::move(wanted));
    if (!made) co_return co_await explain(asked);
    asked.around.daemon.wake_jobs();
    auto out = answer(202, json{{"job", describe_job(*made)}});
    out.headers.emplace_back("Location", "/api/jobs/" + made->id);
    co_return out;
}

}  // namespace postrider::admin
