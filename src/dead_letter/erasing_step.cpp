#include "erasing_step.h"

#include <postrider/log/log.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace postrider::dead_letter {
namespace asio = boost::asio;

namespace {

using surroundings = job_runner::surroundings;
using queue::belongings;

constexpr int actions_a_step = 32;
/// Events are dated by the clocks of the daemons, jobs by Redis'.
constexpr milliseconds clocks_may_differ{2000};

/// Where the walk is, as it lies in `job::position`.
struct walk {
    enum class part : char {
        choosing = 'c',    ///< the next queue behind `queue_name`
        places = 'p',      ///< what waits and what is dead in `queue_name`
        history = 'h',     ///< of `queue_name`
        deliveries = 'd',  ///< of an event, in all partitions at once
    };
    part now = part::choosing;
    std::uint32_t partition = 0;
    bool found_some = false;  ///< in this walk over the places; of an event: its records were walked over
    belongings::place_counts passed;
    std::string queue_name;
};

std::string to_text(const walk& walk) {
    std::ostringstream text;
    const auto& passed = walk.passed;
    text << static_cast<char>(walk.now) << ' ' << walk.partition << ' ' << walk.found_some << ' '
         << passed.fresh << ' ' << passed.again << ' ' << passed.later << ' ' << passed.dead << ' '
         << walk.queue_name;
    return text.str();
}

/// What cannot be read is the beginning: nothing is taken twice.
walk read_walk(const std::string& position, walk::part otherwise) {
    walk found;
    char now = static_cast<char>(otherwise);
    std::istringstream text(position);
    auto& passed = found.passed;
    text >> now >> found.partition >> found.found_some >> passed.fresh >> passed.again >> passed.later >>
        passed.dead;
    if (!text) {
        found = walk();
        found.now = otherwise;
        return found;
    }
    found.now = static_cast<walk::part>(now);
    text >> found.queue_name;
    return found;
}

/// What came of one call.
enum class verdict : std::uint8_t { go_on, wait, done };
using acted = expected<verdict, queue::read_fault>;

unexpected<queue::read_fault> failed(queue::read_fault fault) {
    return unexpected<queue::read_fault>(std::move(fault));
}

void begin_history(walk& at) {
    at.now = walk::part::history;
    at.passed = belongings::place_counts();
}

/// The next queue of the tenant that holds anything, or the next partition.
asio::awaitable<acted> choose(const surroundings& around, const std::string& tenant, walk& at,
                              walk::part first) {
    if (at.partition >= around.belongings.partitions()) co_return verdict::done;
    auto names = co_await around.belongings.queues_of(at.partition, tenant);
    if (!names) co_return failed(std::move(names.error()));
    const auto next = std::upper_bound(names->begin(), names->end(), at.queue_name);
    at.passed = belongings::place_counts();
    if (next == names->end()) {
        ++at.partition;
        at.queue_name.clear();
    } else {
        at.now = first;
        at.queue_name = *next;
    }
    co_return verdict::go_on;
}

/// A walk over all places that found nothing is the proof that nothing is left.
asio::awaitable<acted> take_places(const surroundings& around, job& job, walk& at) {
    auto erased =
        co_await around.belongings.erase_queue(at.queue_name, job.created_at + clocks_may_differ, at.passed);
    if (!erased) co_return failed(std::move(erased.error()));
    job.done += erased->deliveries;
    at.found_some = at.found_some || erased->deliveries > 0;
    at.passed = erased->passed;
    if (!erased->whole) co_return verdict::go_on;
    job.total = job.done + erased->in_flight;
    at.passed = belongings::place_counts();
    const bool again = std::exchange(at.found_some, false);
    if (again) co_return verdict::go_on;
    if (erased->in_flight > 0) co_return verdict::wait;
    begin_history(at);
    co_return verdict::go_on;
}

asio::awaitable<acted> take_history(const surroundings& around, walk& at) {
    auto more = co_await around.belongings.erase_history(at.queue_name);
    if (!more) co_return failed(std::move(more.error()));
    if (!*more) at.now = walk::part::choosing;
    co_return verdict::go_on;
}

asio::awaitable<acted> act_on_tenant(const surroundings& around, job& job, walk& at) {
    switch (at.now) {
        case walk::part::places:
            return take_places(around, job, at);
        case walk::part::history:
            return take_history(around, at);
        case walk::part::choosing:
        case walk::part::deliveries:
            break;
    }
    at.now = walk::part::choosing;
    return choose(around, job.filter.tenant, at, walk::part::places);
}

/// Before its records, because what is in flight makes another, and after them, because somebody may have
/// redelivered it.
asio::awaitable<acted> take_deliveries(const surroundings& around, job& job, walk& at) {
    auto erased = co_await around.belongings.erase_event(job.named.front().second);
    if (!erased) co_return failed(std::move(erased.error()));
    job.done += erased->deliveries;
    job.total = job.done + erased->in_flight;
    if (erased->more) co_return verdict::go_on;
    if (erased->in_flight > 0) {
        at.found_some = false;
        co_return verdict::wait;
    }
    if (at.found_some && erased->deliveries == 0) co_return verdict::done;
    at = walk();
    co_return verdict::go_on;
}

asio::awaitable<acted> take_records(const surroundings& around, job& job, walk& at) {
    auto erased =
        co_await around.belongings.erase_records(at.queue_name, job.named.front().second, at.passed.fresh);
    if (!erased) co_return failed(std::move(erased.error()));
    job.done += erased->records;
    at.passed.fresh = erased->passed;
    if (!erased->more) at.now = walk::part::choosing;
    co_return verdict::go_on;
}

asio::awaitable<acted> choose_for_event(const surroundings& around, std::string tenant, walk& at) {
    auto chosen = co_await choose(around, tenant, at, walk::part::history);
    if (!chosen || *chosen != verdict::done) co_return std::move(chosen);
    at.now = walk::part::deliveries;
    at.found_some = true;
    co_return verdict::go_on;
}

asio::awaitable<acted> act_on_event(const surroundings& around, job& job, walk& at) {
    if (at.now == walk::part::deliveries) return take_deliveries(around, job, at);
    if (at.now == walk::part::history) return take_records(around, job, at);
    return choose_for_event(around, job.named.front().first, at);
}

using action = asio::awaitable<acted> (*)(const surroundings& around, job& job, walk& at);

asio::awaitable<step_result> take_actions(const surroundings& around, job job, action act, walk::part first) {
    walk at = read_walk(job.position, first);
    const auto done_before = job.done;
    verdict said = verdict::go_on;
    for (int actions = 0; actions < actions_a_step && said == verdict::go_on; ++actions) {
        auto result = co_await act(around, job, at);
        if (!result) co_return failed_read(std::move(job), std::move(result.error()));
        said = *result;
    }
    job.position = to_text(at);
    job.total = std::max(job.total, job.done);
    if (job.done > done_before)
        log::warning("data was erased", {{"job", job.id},
                                         {"kind", to_string(job.kind)},
                                         {"tenant", job.filter.tenant},
                                         {"erased", job.done - done_before}});
    if (said == verdict::done) co_return end(std::move(job));
    if (said == verdict::wait) co_return wait_for_others(std::move(job));
    co_return go_on(std::move(job));
}

}  // namespace

asio::awaitable<step_result> erase_event(const surroundings& around, job job) {
    return take_actions(around, std::move(job), act_on_event, walk::part::deliveries);
}

asio::awaitable<step_result> erase_tenant(const surroundings& around, job job) {
    return take_actions(around, std::move(job), act_on_tenant, walk::part::choosing);
}

}  // namespace postrider::dead_letter
