#pragma once

#include <postrider/base/clock.h>
#include <postrider/base/expected.h>
#include <postrider/base/random.h>
#include <postrider/queue/belongings.h>
#include <postrider/queue/inspection.h>
#include <postrider/redis/client.h>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::dead_letter {

enum class job_kind : std::uint8_t {
    replay,
    purge,
    delete_endpoint,  ///< ends the queue of an endpoint that is gone, and takes its history
    delete_event,     ///< takes all of the event that is named: (tenant, store id)
    delete_tenant,    ///< takes all that `filter.tenant` had when it was made, but endpoints
};
enum class job_status : std::uint8_t { running, done, failed };
[[nodiscard]] std::string_view to_string(job_kind kind) noexcept;
[[nodiscard]] std::string_view to_string(job_status status) noexcept;

/// Work over many dead letters, in steps. It lies in Redis with its progress, so that it goes on after a
/// restart, on whatever daemon.
struct job {
    std::string id;  ///< job_…
    job_kind kind = job_kind::replay;
    job_status status = job_status::running;
    std::uint64_t total = 0;    ///< as far as known; grows while it is counted
    std::uint64_t done = 0;     ///< looked at and dealt with
    std::uint64_t skipped = 0;  ///< of them: left as they were, or gone already
    std::string tenant;         ///< who may see it; empty: tokens without tenant only
    queue::dead_letter_filter filter;
    /// Named ones instead of a filter: (queue name, store id), at most `most_named`. Of `delete_event` one:
    /// (tenant, store id).
    std::vector<std::pair<std::string, std::string>> named;
    std::string position;  ///< where the walk goes on
    wall_time created_at{};
    wall_time updated_at{};
    std::string error;  ///< why it failed

    static constexpr std::size_t most_named = 1000;
};

struct job_page {
    std::vector<job> jobs;  ///< newest first
    std::string next;
};

/// Jobs in Redis, under `<prefix>:{jobs}:`; finished ones are kept for 7 days, at most 1,000. One for each
/// shard; lives on the client's executor. Every call to Redis ends within 2 s; errors are for people.
class job_store {
 public:
    static constexpr std::size_t most_running = 100;

    /// The hash tag of all its keys.
    static constexpr std::string_view hash_tag = "jobs";

    job_store(redis::client& client, std::string prefix, random_source& random, const time_source& time);
    ~job_store();
    job_store(const job_store&) = delete;
    job_store& operator=(const job_store&) = delete;

    [[nodiscard]] static std::vector<redis::command> preamble();

    template <typename Value>
    using answer = boost::asio::awaitable<expected<Value, std::string>>;

    /// Makes the id and the times (`created_at` by Redis' clock, which dates deaths too). An error when
    /// `most_running` are running.
    [[nodiscard]] answer<job> create(job made);
    [[nodiscard]] answer<std::optional<job>> find(std::string id);
    /// `tenant` empty: all. What a job names is left out. At most `most` jobs; `position` as `next` gave it,
    /// empty for the newest; any other is an error.
    [[nodiscard]] answer<job_page> list(std::string tenant, std::string position, std::size_t most);

    /// For the runner. The lock makes one runner of all daemons; it lasts 10 s unless taken again.
    /// `by_force` takes it from whoever holds it: for a daemon that knows that the holder is dead.
    [[nodiscard]] answer<bool> take_lock(std::string token, bool by_force = false);
    [[nodiscard]] answer<bool> release_lock(std::string token);
    [[nodiscard]] answer<bool> any_running();
    /// Oldest first. One whose record cannot be read comes with `error` set, for the runner to end.
    [[nodiscard]] answer<std::vector<job>> running();
    /// Keeps status, counts, position and error. False, and nothing was saved, when this store's last
    /// `take_lock` no longer holds, or the job does not run.
    [[nodiscard]] answer<bool> save(job progress);

 private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

/// Runs the jobs: one at a time in turns of a step each (at most 256 letters), so that a small one does not
/// wait for a large one. One for each daemon; lives on the executor of one shard.
class job_runner {
 public:
    struct limits {
        bool known = true;             ///< such an endpoint is configured; else nothing is replayed to it
        std::uint64_t max_queued = 0;  ///< 0: no bound
        std::uint64_t max_dead_letters = 100'000;
    };
    struct surroundings {
        boost::asio::any_io_executor executor;
        job_store& jobs;
        queue::inspection& inspection;
        queue::belongings& belongings;
        random_source& random;
        const time_source& time;  ///< for patience, never for what is chosen
        /// Of the endpoint of a queue as it is configured now.
        std::function<limits(const std::string& queue_name)> limits_of;
        /// Work came to a queue that had none.
        std::function<void(std::string queue_name)> wake;
        /// Whether the endpoint that a queue is to end with still lies in the store; nothing while that
        /// cannot be told.
        std::function<boost::asio::awaitable<std::optional<bool>>(std::string queue_name)> is_stored;
        /// Deliveries ended dead with their endpoint.
        std::function<void(const queue::inspection::ending& why,
                           const std::vector<queue::inspection::death>& deaths)>
            report;
        /// Nobody else uses this store: a lock that lies in it is of a process that is dead.
        bool exclusive = false;
    };
    explicit job_runner(surroundings around);
    ~job_runner();
    job_runner(const job_runner&) = delete;
    job_runner& operator=(const job_runner&) = delete;

    void start();
    /// A job was made: look now. Else it looks once a second.
    void wake();
    /// Ends after the step under way; the rest goes on elsewhere or later.
    [[nodiscard]] boost::asio::awaitable<void> stop();

 private:
    struct impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace postrider::dead_letter
