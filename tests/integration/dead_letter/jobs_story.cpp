#include "jobs_story.h"

#include <postrider/runtime/shard.h>

namespace postrider::dead_letter {
namespace asio = boost::asio;

asio::awaitable<net::addresses_or_reason> no_names::resolve(std::string /*name*/) {
    co_return unexpected<net::resolve_error>(
        net::resolve_error(net::resolve_error::cause::no_address, "no names here"));
}

void jobs_story::SetUp() {
    client_ = connect();
    redis("FLUSHALL");
    jobs_ = std::make_unique<job_store>(*client_, "test", random_, system_time());
}

void jobs_story::TearDown() {
    jobs_.reset();
    run(client_->stop());
    client_.reset();
    context_.restart();
    context_.run();  // and nothing is left behind
}

std::unique_ptr<redis::client> jobs_story::connect() {
    redis::client_settings settings;
    settings.where.kind = redis::location::transport::unix_socket;
    settings.where.path = server().socket_path();
    settings.first_backoff = milliseconds(2);
    settings.max_backoff = milliseconds(20);
    auto client = std::make_unique<redis::client>(context_.get_executor(), resolver_, settings,
                                                  job_store::preamble(), system_time());
    client->start();
    until([&client] { return client->connected(); });
    return client;
}

void jobs_story::until(const std::function<bool()>& so) {
    const auto end = system_time().monotonic_now() + std::chrono::minutes(1);
    context_.restart();
    while (!so()) {
        if (system_time().monotonic_now() > end) FAIL() << "it never came to that";
        context_.run_one_for(milliseconds(100));
    }
}

void jobs_story::run(asio::awaitable<void> work) {
    bool ended = false;
    runtime::spawn(context_.get_executor(), "test", std::move(work), [&ended] { ended = true; });
    until([&ended] { return ended; });
}

redis::reply jobs_story::send(redis::command command) {
    auto result = get(client_->call(std::move(command)));
    if (!result) ADD_FAILURE() << "no reply";
    return result ? std::move(*result) : redis::reply();
}

job jobs_story::create(job_kind kind, std::string tenant, std::string queue_name) {
    job wanted;
    wanted.kind = kind;
    wanted.tenant = std::move(tenant);
    wanted.filter.queue_name = std::move(queue_name);
    auto made = get(jobs_->create(std::move(wanted)));
    if (!made) ADD_FAILURE() << made.error();
    return made.value_or(job());
}

job jobs_story::found(const std::string& id) {
    auto there = get(jobs_->find(id));
    if (!there || !*there) {
        ADD_FAILURE() << (there ? "no such job" : there.error());
        return {};
    }
    return std::move(**there);
}

}  // namespace postrider::dead_letter
