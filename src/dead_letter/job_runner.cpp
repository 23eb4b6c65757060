#include "job_step.h"

#include <postrider/log/log.h>
#include <postrider/log/once_per_second.h>
#include <postrider/runtime/shard.h>
#include <postrider/runtime/signal.h>

#include <map>
#include <optional>
#include <utility>

namespace postrider::dead_letter {
namespace asio = boost::asio;

namespace {

constexpr milliseconds between_looks{1000};
constexpr milliseconds between_renewals{2000};  ///< of a lock that lasts 10 s
/// A job whose steps fail for so long, while Redis answers everything else, fails.
constexpr milliseconds patience{60'000};

}  // namespace

struct job_runner::impl : std::enable_shared_from_this<job_runner::impl> {
    explicit impl(surroundings with)
        : around(std::move(with)),
          token(random_id(around.random)),
          changed(around.executor),
          ended(around.executor) {}

    const surroundings around;
    const std::string token;
    runtime::signal changed;  // work came, or stopping
    runtime::signal ended;
    bool woken = false;
    bool running = false;
    bool stopping = false;
    std::optional<monotonic_time> renewed_at;  ///< nothing: the lock is not ours
    std::map<std::string, monotonic_time> troubled_since;
    log::once_per_second trouble_lines;

    void start();
    void begin_stop();
    void wake();
    asio::awaitable<void> run(std::shared_ptr<impl> self);
    asio::awaitable<bool> take_turns();
    asio::awaitable<bool> hold_lock();
    asio::awaitable<void> give_lock_back();
    asio::awaitable<bool> advance(job job);
    bool outlasts_patience(const std::string& id);
    job settle(step_result result);
};

void job_runner::impl::start() {
    if (running || stopping) return;
    running = true;
    runtime::spawn(around.executor, "job runner", run(shared_from_this()), [self = shared_from_this()] {
        self->running = false;
        self->ended.notify_all();
    });
}

void job_runner::impl::begin_stop() {
    stopping = true;
    changed.notify_all();
}

void job_runner::impl::wake() {
    woken = true;
    changed.notify_all();
}

asio::awaitable<void> job_runner::impl::run(std::shared_ptr<impl> self) {
    while (!self->stopping) {
        woken = false;
        const bool busy = co_await take_turns();
        if (busy || woken || stopping) continue;
        co_await changed.wait_for(between_looks);
    }
    co_await give_lock_back();
}

/// A step of each job that runs; true when there may be more to do at once.
asio::awaitable<bool> job_runner::impl::take_turns() {
    const auto any = co_await around.jobs.any_running();
    if (!any) {
        troubled_since.clear();  // the trouble was Redis'
        co_return false;
    }
    if (!*any) {
        troubled_since.clear();
        co_await give_lock_back();
        co_return false;
    }
    const bool held = co_await hold_lock();
    if (!held) co_return false;
    auto jobs = co_await around.jobs.running();
    if (!jobs) co_return false;
    bool busy = false;
    for (auto& job : *jobs) {
        if (stopping) co_return false;
        const bool still_held = co_await hold_lock();
        if (!still_held) co_return false;
        const bool progressed = co_await advance(std::move(job));
        busy = busy || progressed;
    }
    co_return busy;
}

asio::awaitable<bool> job_runner::impl::hold_lock() {
    const monotonic_time now = around.time.monotonic_now();
    if (renewed_at && now - *renewed_at < between_renewals) co_return true;
    const auto taken = co_await around.jobs.take_lock(token, around.exclusive);
    renewed_at.reset();
    if (!taken || !*taken) co_return false;
    renewed_at = now;
    co_return true;
}

asio::awaitable<void> job_runner::impl::give_lock_back() {
    if (!renewed_at) co_return;
    renewed_at.reset();
    // Without an answer the lock ends by itself.
    static_cast<void>(co_await around.jobs.release_lock(token));
}

/// One step of a job, kept in Redis; true when it should go on at once.
asio::awaitable<bool> job_runner::impl::advance(job job) {
    const std::string id = job.id;
    bool progressed = true;
    if (!job.error.empty()) {
        job.status = job_status::failed;
    } else {
        step_result result = co_await take_step(around, std::move(job));
        progressed = result.progressed;
        job = settle(std::move(result));
    }
    const bool over = job.status != job_status::running;
    const auto saved = co_await around.jobs.save(job);
    if (saved && !*saved) renewed_at.reset();  // another runner's by now, it may be: ask before going on
    if (!saved || !*saved) co_return false;
    if (!over) co_return progressed;
    troubled_since.erase(id);
    log::info("job ended", {{"job", id},
                            {"kind", to_string(job.kind)},
                            {"status", to_string(job.status)},
                            {"done", job.done},
                            {"skipped", job.skipped},
                            {"error", job.error}});
    co_return true;
}

/// The job after a step, failed when its trouble will not pass.
job job_runner::impl::settle(step_result result) {
    job after = std::move(result.after);
    if (result.trouble.text.empty()) {
        troubled_since.erase(after.id);
        return after;
    }
    if (trouble_lines.allow(around.time.monotonic_now()))
        log::warning("a step of a job failed", {{"job", after.id}, {"error", result.trouble.text}});
    if (result.trouble.bad_position || outlasts_patience(after.id)) {
        after.status = job_status::failed;
        after.error = std::move(result.trouble.text);
    }
    return after;
}

bool job_runner::impl::outlasts_patience(const std::string& id) {
    const monotonic_time now = around.time.monotonic_now();
    const auto since = troubled_since.emplace(id, now).first->second;
    return now - since >= patience;
}

job_runner::job_runner(surroundings around) : impl_(std::make_shared<impl>(std::move(around))) {}

job_runner::~job_runner() {
    impl_->begin_stop();
}

void job_runner::start() {
    impl_->start();
}

void job_runner::wake() {
    impl_->wake();
}

namespace {

template <typename State>
asio::awaitable<void> stop_and_wait(std::shared_ptr<State> state) {
    state->begin_stop();
    while (state->running)
        co_await state->ended.wait();
}

}  // namespace

asio::awaitable<void> job_runner::stop() {
    return stop_and_wait(impl_);
}

}  // namespace postrider::dead_letter
