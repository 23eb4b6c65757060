#include "job_text.h"
#include "scripts.h"

#include <postrider/dead_letter/job.h>

#include <algorithm>
#include <utility>

namespace postrider::dead_letter {

namespace {

constexpr milliseconds call_takes_at_most{2000};
constexpr std::uint64_t lock_lasts_ms = 10'000;
constexpr std::size_t rows_a_call = 256;

template <typename Value>
using answer = job_store::answer<Value>;

unexpected<std::string> refusal(std::string text) {
    return unexpected<std::string>(std::move(text));
}

}  // namespace

struct job_store::impl {
    impl(redis::client& redis, const std::string& prefix, random_source& source, const time_source& clock)
        : client(redis), base(prefix + ":{jobs}:"), random(source), time(clock) {}

    redis::client& client;
    const std::string base;
    random_source& random;
    const time_source& time;
    std::string token;  ///< of the lock: whoever lost it saves nothing

    template <typename... Arguments>
    [[nodiscard]] redis::command compose(script script, const Arguments&... arguments) const {
        return redis::command("EVALSHA", text_of(script).sha1, "1", base, arguments...);
    }
};

namespace {

/// The answer of a script, without its faults.
answer<redis::reply> run(redis::client& client, script script, redis::command call) {
    auto result = co_await redis::run_script(client, text_of(script), std::move(call), call_takes_at_most);
    if (!result) co_return refusal("redis did not answer");
    if (result->is_error()) co_return refusal("redis refused: " + std::string(result->text()));
    const std::string_view text = result->text();
    if (text.starts_with('E')) co_return refusal("the jobs cannot be read: " + std::string(text.substr(1)));
    co_return std::move(*result);
}

answer<bool> run_for_verdict(redis::client& client, script script, redis::command call) {
    const auto reply = co_await run(client, script, std::move(call));
    if (!reply) co_return refusal(reply.error());
    co_return reply->integer() == 1;
}

}  // namespace

job_store::job_store(redis::client& client, std::string prefix, random_source& random,
                     const time_source& time)
    : impl_(std::make_shared<impl>(client, prefix, random, time)) {}

job_store::~job_store() = default;

std::vector<redis::command> job_store::preamble() {
    std::vector<redis::command> commands;
    for (std::size_t index = 0; index < embedded_script_count; ++index)
        commands.push_back(redis::load_script(embedded_scripts[index]));
    return commands;
}

answer<job> job_store::create(job made) {
    const auto held = impl_;
    if (made.named.size() > job::most_named) co_return refusal("too many letters are named");
    made.id = "job_" + random_id(held->random);
    made.status = job_status::running;
    made.updated_at = held->time.wall_now();
    redis::command call = held->compose(script::create, made.id, encode_made(made), encode_progress(made),
                                        encode_named(made), static_cast<std::uint64_t>(most_running));
    const auto reply = co_await run(held->client, script::create, std::move(call));
    if (!reply) co_return refusal(reply.error());
    const auto created_at = reply->integer();
    if (!created_at) co_return refusal(std::to_string(most_running) + " jobs are running; try again later");
    made.created_at = wall_time(milliseconds(*created_at));
    co_return made;
}

namespace {

answer<std::optional<job>> read_job(redis::client& client, redis::command call, std::string id) {
    const auto reply = co_await run(client, script::find, std::move(call));
    if (!reply) co_return refusal(reply.error());
    if ((*reply)[0].is_nil() && (*reply)[1].is_nil()) co_return std::optional<job>();
    stored_job stored;
    stored.id = id;
    stored.made = (*reply)[0].text();
    stored.progress = (*reply)[1].text();
    stored.created_at = (*reply)[2].integer();
    stored.named = (*reply)[3].text();
    auto decoded = decode_job(stored);
    if (!decoded) {
        decoded.emplace();
        decoded->id = id;
        decoded->error = "what the store holds of it cannot be read";
    }
    co_return std::move(decoded);
}

}  // namespace

answer<std::optional<job>> job_store::find(std::string id) {
    redis::command call = impl_->compose(script::find, id);
    return read_job(impl_->client, std::move(call), std::move(id));
}

namespace {

/// One call's worth of a list: each job with its number.
struct numbered_job {
    std::string number;
    std::optional<job> found;
};

std::vector<numbered_job> read_rows(const redis::reply& reply) {
    constexpr std::size_t fields = 5;
    std::vector<numbered_job> rows;
    for (std::size_t at = 0; at + fields <= reply.size(); at += fields) {
        stored_job stored;
        stored.id = reply[at + 1].text();
        stored.made = reply[at + 2].text();
        stored.progress = reply[at + 3].text();
        stored.created_at = reply[at + 4].integer();
        numbered_job row;
        row.number = std::string(reply[at].text());
        row.found = decode_job(stored);
        rows.push_back(std::move(row));
    }
    return rows;
}

bool is_position(std::string_view text) {
    return !text.empty() && text.size() <= 15 &&
           std::all_of(text.begin(), text.end(), [](char digit) { return digit >= '0' && digit <= '9'; });
}

}  // namespace

answer<job_page> job_store::list(std::string tenant, std::string position, std::size_t most) {
    const auto held = impl_;
    if (!position.empty() && !is_position(position)) co_return refusal("no such position");
    std::string before = position.empty() ? "+inf" : position;
    job_page page;
    for (bool more = true; more && page.jobs.size() < most;) {
        redis::command call = held->compose(script::list, before, static_cast<std::uint64_t>(rows_a_call));
        const auto reply = co_await run(held->client, script::list, std::move(call));
        if (!reply) co_return refusal(reply.error());
        auto rows = read_rows(*reply);
        more = rows.size() == rows_a_call;
        for (auto& row : rows) {
            if (page.jobs.size() == most) {
                more = true;
                break;
            }
            before = std::move(row.number);
            if (row.found && (tenant.empty() || row.found->tenant == tenant))
                page.jobs.push_back(std::move(*row.found));
        }
        page.next = more ? before : std::string();
    }
    co_return std::move(page);
}

answer<bool> job_store::take_lock(std::string token, bool by_force) {
    impl_->token = token;
    redis::command call = impl_->compose(script::lock, token, lock_lasts_ms, by_force ? "1" : "0");
    return run_for_verdict(impl_->client, script::lock, std::move(call));
}

answer<bool> job_store::release_lock(std::string token) {
    redis::command call = impl_->compose(script::unlock, token);
    return run_for_verdict(impl_->client, script::unlock, std::move(call));
}

answer<bool> job_store::any_running() {
    const auto held = impl_;
    redis::command call = held->compose(script::look);
    const auto reply = co_await run(held->client, script::look, std::move(call));
    if (!reply) co_return refusal(reply.error());
    co_return reply->integer() > 0;
}

answer<std::vector<job>> job_store::running() {
    const auto held = impl_;
    redis::command call = held->compose(script::running, static_cast<std::uint64_t>(most_running));
    const auto ids = co_await run(held->client, script::running, std::move(call));
    if (!ids) co_return refusal(ids.error());
    std::vector<job> jobs;
    for (std::size_t index = 0; index < ids->size(); ++index) {
        std::string id((*ids)[index].text());
        redis::command find = held->compose(script::find, id);
        auto found = co_await read_job(held->client, std::move(find), id);
        if (!found) co_return refusal(std::move(found.error()));
        if (*found) {
            jobs.push_back(std::move(**found));
            continue;
        }
        job& lost = jobs.emplace_back();
        lost.id = std::move(id);
        lost.error = "the store holds nothing of it";
    }
    co_return std::move(jobs);
}

answer<bool> job_store::save(job progress) {
    progress.updated_at = std::max(impl_->time.wall_now(), progress.created_at);
    redis::command call = impl_->compose(script::save, impl_->token, progress.id, encode_progress(progress),
                                         progress.status == job_status::running ? "0" : "1");
    return run_for_verdict(impl_->client, script::save, std::move(call));
}

}  // namespace postrider::dead_letter
